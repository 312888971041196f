"""Says why the service has ended for good, in the journal, in `systemctl status` and on the screen.

`python -m device.service.fault --config FILE`; systemd starts it through OnFailure= and tells it the kiosk's end in
MONITOR_ variables (systemd.exec(5)). Starting the kiosk ends it.
"""

import argparse
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from device.contract import Output, Pause
from device.errors import UsageError, exit_status
from device.outputs.make import make_screens
from device.outputs.outputs import Outputs
from device.process.stop import StopOnSignal
from device.reading.tally import Tally
from device.service.notify import Notifier
from device.service.unit import UNIT, status_text, systemctl
from device.settings.settings import Settings

_TICK_SECONDS = 0.5
_ANSWER_SECONDS = 5.0  # that systemd may take; the fault is told without the last words, too
_RESULTS = {
    "watchdog": "it froze again and again: no frame was finished",
    "oom-kill": "it took more memory than it may have",
    "timeout": "it did not start or stop in time",
    "resources": "systemd could not start it",
}


def explain(environment: Mapping[str, str], last_words: str) -> str:
    """The reason in one sentence, from systemd's variables and the kiosk's last status line."""
    result, status = (environment.get(f"MONITOR_{name}", "") for name in ("SERVICE_RESULT", "EXIT_STATUS"))
    killed = environment.get("MONITOR_EXIT_CODE") in ("killed", "dumped")
    words = last_words.removeprefix("ended: ") if last_words.startswith("ended: ") else ""
    if result in _RESULTS:
        reason = _RESULTS[result]
    elif killed:
        reason = f"it crashed again and again (signal {status})"
    elif status == "2":
        reason = words or "its settings, model or program cannot be used"
    else:
        reason = f"it ended again and again (exit status {status or 'unknown'}{f': {words}' if words else ''})"
    return f"The kiosk has stopped: {reason}"


def cure(unit: str) -> str:
    return (
        f"What it said: sudo journalctl -u {unit} -n 50. "
        f"Start it again: sudo systemctl reset-failed {unit}; sudo systemctl start {unit}"
    )


def ask_last_words(unit: str) -> str:
    """The status line that systemd keeps of the unit; empty where it does not answer."""
    try:
        return status_text(unit, partial(systemctl, seconds=_ANSWER_SECONDS))
    except OSError:  # HardwareError is one
        return ""


def read_settings(config: Path | None) -> Settings:
    """Where and when to show it; on whatever screen there is, where the settings themselves are what is broken."""
    try:
        return Settings.read(config)
    except UsageError:
        return Settings(display=("auto",))


def show(config: Path | None) -> None:
    """Tell, and keep the words on the screens until SIGTERM; where there are none, telling is all."""
    unit = os.environ.get("MONITOR_UNIT", UNIT)
    fault = Pause("fault", explain(os.environ, ask_last_words(unit)), cure(unit))
    print(f"{fault.reason}. {fault.cure}", file=sys.stderr, flush=True)
    # Not among the outputs, whose end it would announce: the reason is to stand in the status when this has ended.
    notifier = Notifier.from_environment()
    notifier.rest(fault)
    stop, screens = StopOnSignal(), _screens(read_settings(config))
    with Outputs(screens) as outputs:
        while True:
            notifier.rest(fault)
            outputs.rest(fault)
            if not screens or stop.is_set():
                return
            time.sleep(_TICK_SECONDS)


def _screens(settings: Settings) -> list[Output]:
    """Those of the settings; on whatever screen there is, where what one of them needs is just what is missing."""
    try:
        return make_screens(settings, Tally(), lambda: None)
    except UsageError:
        return make_screens(replace(settings, display=("auto",)), Tally(), lambda: None)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m device.service.fault", description="Say why the service has ended."
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="the kiosk's settings, for its displays")
    options = parser.parse_args()
    return exit_status(lambda: show(options.config))


if __name__ == "__main__":
    sys.exit(main())
