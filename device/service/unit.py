"""The kiosk's systemd unit, as `systemctl` shows it. Each call raises HardwareError where systemd does not answer."""

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from device.errors import HardwareError

UNIT = "emotion-kiosk.service"
READING = "reading"  # how the kiosk's status begins while it finishes frames
_ANSWER_SECONDS = 60.0
_PROPERTIES = "LoadState,ActiveState,SubState,MainPID,NRestarts,StatusText,Result,WatchdogTimestampMonotonic"


@dataclass(frozen=True)
class State:
    """One look at the unit."""

    active: str  # active, activating, reloading, deactivating, inactive, failed
    detail: str  # running, auto-restart, ...
    process: int  # of the kiosk, 0 where there is none
    restarts: int  # by systemd itself, since somebody last started it
    status: str  # what the kiosk says of itself
    result: str  # why it ended last: success, exit-code, signal, watchdog, ...
    fed: float  # when it last fed its watchdog, seconds on the monotonic clock; 0 for never

    @property
    def serves(self) -> bool:
        """It has said READY, and has fed its watchdog since."""
        return self.active in ("active", "reloading")

    @property
    def reads(self) -> bool:
        """It finishes frames: a kiosk that waits for its camera, or for its hours, says so instead."""
        return self.serves and (not self.status or self.status.startswith(READING))


def is_here() -> bool:
    """Whether this machine runs systemd and knows the unit."""
    if not Path("/run/systemd/system").is_dir() or not shutil.which("systemctl"):
        return False
    return _show().get("LoadState") == "loaded"


def state() -> State:
    shown = _show()
    return State(
        shown.get("ActiveState", "unknown"),
        shown.get("SubState", ""),
        int(shown.get("MainPID") or 0),
        int(shown.get("NRestarts") or 0),
        shown.get("StatusText", ""),
        shown.get("Result", ""),
        int(shown.get("WatchdogTimestampMonotonic") or 0) / 1e6,
    )


def restart() -> None:
    """Ask for a restart; nothing is waited for. A unit that was given up is taken up again."""
    _systemctl("reset-failed", UNIT)
    _systemctl("restart", "--no-block", UNIT)


def _show() -> Mapping[str, str]:
    lines = _systemctl("show", UNIT, f"--property={_PROPERTIES}").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def _systemctl(*words: str) -> str:
    try:
        return subprocess.run(["systemctl", *words], capture_output=True, text=True, timeout=_ANSWER_SECONDS).stdout
    except subprocess.TimeoutExpired as error:
        raise HardwareError(
            f"systemctl {words[0]}: no answer in {_ANSWER_SECONDS:.0f} seconds: restart the Pi"
        ) from error
