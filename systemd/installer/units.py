"""The units of a version in systemd's folder, and the service started with them."""

import re
import shutil
import time
from pathlib import Path

from installer.layout import NAME, UNIT, Layout
from installer.machine import Machine
from installer.step import call, write

_KINDS = (".service", ".socket", ".timer", ".path", ".target", ".slice")
_START_SECONDS = 30  # a Pi Zero 2 takes some ten to its first frame
_CURE = f"journalctl -u {UNIT}"


def wanted(version: Path, systemd: int) -> dict[str, bytes]:
    """Files that belong in systemd's folder, by their path in it: everything in the version's systemd/ that is named
    emotion-kiosk*, units and drop-in folders. A drop-in NAME.systemd-254.conf is for systemd 254 and later.
    """
    folder = version / "systemd"
    units = [path for path in folder.glob(f"{NAME}*") if path.suffix in _KINDS and path.is_file()]
    drop_ins = [path for path in folder.glob(f"{NAME}*.d/*.conf") if _least(path) <= systemd]
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted([*units, *drop_ins])}


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
    if machine.booted:
        call(["systemctl", "daemon-reload"], _CURE)
        call(["systemctl", "reset-failed"], _CURE)


def state() -> dict[str, str]:
    """ActiveState, Result and the like, as systemd tells them."""
    names = "ActiveState,SubState,Result,ExecMainStatus,StatusText,NRestarts"
    lines = call(["systemctl", "show", UNIT, "-p", names], _CURE).splitlines()
    return dict(line.split("=", 1) for line in lines)


def restart() -> dict[str, str]:
    """Start the service afresh and watch it until it runs or has failed, 30 seconds at most; returns its state."""
    call(["systemctl", "reset-failed", UNIT], _CURE)
    call(["systemctl", "restart", "--no-block", UNIT], _CURE)
    for _ in range(_START_SECONDS * 2):
        time.sleep(0.5)
        now = state()
        if now["ActiveState"] in ("active", "failed"):
            break
    return now


def _least(path: Path) -> int:
    """The systemd from which on a drop-in is understood; 0 for any."""
    found = re.search(r"\.systemd-(\d+)\.conf$", path.name)
    return int(found[1]) if found else 0


def _offline(machine: Machine) -> dict[str, str]:
    return {} if machine.booted else {"SYSTEMD_OFFLINE": "1"}
