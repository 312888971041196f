"""The kiosk's systemd unit: what it is called, and how `systemctl` says that it is."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from device.errors import HardwareError

UNIT = "emotion-kiosk.service"
FAULT_UNIT = "emotion-kiosk-fault.service"  # says why the kiosk has stopped, for as long as it is so
USER = "emotion-kiosk"  # in whose name the kiosk runs
SETTINGS = Path("/etc/emotion-kiosk/config.toml")  # with which it is started
READING = "reading"  # how the kiosk's status begins while it finishes frames

_ANSWER_SECONDS = 60.0
_PROPERTIES = (
    "LoadState,ActiveState,SubState,MainPID,NRestarts,StatusText,Result,ExecMainStatus,UnitFileState,"
    "WatchdogTimestampMonotonic"
)


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
    load: str = "loaded"  # or not-found, masked, ...; empty where systemd does not run
    exit_status: int = 0  # of the process that ended last, or the number of the signal that ended it
    boot: str = ""  # enabled, disabled, ...: whether it starts with the machine

    @property
    def serves(self) -> bool:
        """It has said READY, and has fed its watchdog since."""
        return self.active in ("active", "reloading")

    @property
    def reads(self) -> bool:
        """It finishes frames: a kiosk that waits for its camera, or for its hours, says so instead."""
        return self.serves and (not self.status or self.status.startswith(READING))


class Systemctl(Protocol):
    """Runs `systemctl` with these words and returns what it prints; empty where systemd does not run."""

    def __call__(self, *words: str) -> str: ...


def systemctl(*words: str, seconds: float = _ANSWER_SECONDS) -> str:
    """This machine's own.

    Args:
        seconds: how long an answer may take.

    Raises:
        HardwareError: there was none in that time.
        OSError: there is no `systemctl` here.
    """
    try:
        return subprocess.run(["systemctl", *words], capture_output=True, text=True, timeout=seconds).stdout
    except subprocess.TimeoutExpired as error:
        raise HardwareError(f"systemctl {words[0]}: no answer in {seconds:.0f} seconds: restart the Pi") from error


def is_here() -> bool:
    """Whether this machine runs systemd and knows the unit.

    Raises:
        HardwareError: systemd does not answer.
    """
    if not Path("/run/systemd/system").is_dir() or not shutil.which("systemctl"):
        return False
    return state().load == "loaded"


def state(ask: Systemctl = systemctl) -> State:
    """How the unit is now; raises what `ask` raises."""
    lines = ask("show", UNIT, f"--property={_PROPERTIES}").splitlines()
    shown = dict(line.split("=", 1) for line in lines if "=" in line)
    return State(
        active=shown.get("ActiveState", "unknown"),
        detail=shown.get("SubState", ""),
        process=int(shown.get("MainPID") or 0),
        restarts=int(shown.get("NRestarts") or 0),
        status=shown.get("StatusText", ""),
        result=shown.get("Result", ""),
        fed=int(shown.get("WatchdogTimestampMonotonic") or 0) / 1e6,
        load=shown.get("LoadState", ""),
        exit_status=int(shown.get("ExecMainStatus") or 0),
        boot=shown.get("UnitFileState", ""),
    )


def status_text(unit: str, ask: Systemctl = systemctl) -> str:
    """The line in which a unit last said how it is; empty where it said none. Raises what `ask` raises."""
    return ask("show", "--value", "--property=StatusText", unit).strip()


def restart() -> None:
    """Ask for a restart; nothing is waited for. A unit that was given up is taken up again.

    Raises:
        HardwareError: systemd does not answer.
    """
    systemctl("reset-failed", UNIT)
    systemctl("restart", "--no-block", UNIT)
