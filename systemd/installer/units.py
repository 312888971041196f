"""The units of a version in systemd's folder, and the service started with them."""

import shutil
import time
from pathlib import Path

from installer.layout import NAME, UNIT, Layout
from installer.machine import Machine
from installer.step import call, write

_START_SECONDS = 60.0  # a Pi Zero 2 takes some ten to its first frame
_STAY_SECONDS = 3.0  # that it has to stay up without a restart
_CURE = f"journalctl -u {UNIT}"


def wanted(version: Path, systemd: int) -> dict[str, bytes]:
    """Files that systemd is to have, by their path in its folder: systemd/emotion-kiosk*.service, and
    systemd/since-NNN.conf as a drop-in of each where systemd is NNN or later. Other drop-ins are there for the user.
    """
    folder = version / "systemd"
    units = sorted(folder.glob(f"{NAME}*.service"))
    known = [path for path in sorted(folder.glob("since-*.conf")) if int(path.stem.partition("-")[2]) <= systemd]
    files = {unit.name: unit.read_bytes() for unit in units}
    return files | {f"{unit.name}.d/{path.name}": path.read_bytes() for unit in units for path in known}


def present(layout: Layout) -> dict[str, bytes]:
    """What lies there of ours."""
    files = [path for path in layout.units.glob(f"{NAME}*") if path.is_file()]
    files += [path for path in layout.units.glob(f"{NAME}*.d/*") if path.is_file()]
    return {str(path.relative_to(layout.units)): path.read_bytes() for path in files}


def place(layout: Layout, machine: Machine, version: Path) -> None:
    """Make what lies there what the version wants, and tell systemd."""
    new = wanted(version, machine.systemd)
    for name in present(layout).keys() - new.keys():
        (layout.units / name).unlink()
    for name, content in new.items():
        write(layout.units / name, content)
    for folder in layout.units.glob(f"{NAME}*.d"):
        if not any(folder.iterdir()):
            folder.rmdir()
    if machine.booted:
        call(["systemctl", "daemon-reload"], _CURE)
    for name in new:
        if "/" not in name and b"[Install]" in new[name]:
            call(["systemctl", "enable", "-q", name], _CURE, environment=_offline(machine))


def remove(layout: Layout, machine: Machine) -> None:
    units = [name for name in present(layout) if "/" not in name]
    for name in units:
        call(
            ["systemctl", "disable", "-q", *(["--now"] if machine.booted else []), name],
            _CURE,
            environment=_offline(machine),
        )
    for path in layout.units.glob(f"{NAME}*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    # What the user wrote with `systemctl edit` would change a service that is gone.
    shutil.rmtree(layout.root / f"etc/systemd/system/{UNIT}.d", ignore_errors=True)
    for folder in (layout.units, layout.units.parent):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    if machine.booted:
        call(["systemctl", "daemon-reload"], _CURE)
        call(["systemctl", "reset-failed", f"{NAME}*"], _CURE)


def state() -> dict[str, str]:
    """ActiveState, Result and the like, as systemd tells them."""
    names = "ActiveState,SubState,Result,ExecMainStatus,StatusText,NRestarts"
    lines = call(["systemctl", "show", UNIT, "-p", names], _CURE).splitlines()
    return dict(line.split("=", 1) for line in lines)


def restart() -> dict[str, str]:
    """Start the service afresh and watch it: a minute at most until it runs or has failed, then whether it stays up.

    Returns its state; ActiveState is `active` only where it has stayed up.
    """
    call(["systemctl", "reset-failed", f"{NAME}*"], _CURE)
    call(["systemctl", "restart", "--no-block", UNIT], _CURE)
    started = time.monotonic()
    up_since = None
    while (now := time.monotonic()) - started < _START_SECONDS:
        time.sleep(0.25)
        found = state()
        up_since = (up_since or now) if found["ActiveState"] == "active" else None
        if found["ActiveState"] == "failed" or (up_since and now - up_since >= _STAY_SECONDS):
            break
    return found


def _offline(machine: Machine) -> dict[str, str]:
    return {} if machine.booted else {"SYSTEMD_OFFLINE": "1"}
