"""The card: room on it, and whether it can be written."""

from collections.abc import Iterator
from pathlib import Path

from device.doctor.examination import Examination
from device.doctor.finding import Finding
from device.settings.forms import is_screen

_LOW_MEGABYTES, _NONE_MEGABYTES = 500, 50
_LEAST_NODES = 1000


def space(case: Examination) -> Iterator[Finding]:
    """The file systems that the kiosk writes to, or is installed on: megabytes (10^6 bytes) and files that fit."""
    seen = set()
    outputs = [str(file.parent) for file in _outputs(case)]
    for name in ("/", "/opt", case.host.name(case.store.folder), "/var/log", "/tmp", *outputs):
        path = case.host.path(name)
        if not path.is_dir() or path.stat().st_dev in seen:
            continue
        seen.add(path.stat().st_dev)
        facts = case.host.space(path)
        free = facts.f_bavail * facts.f_frsize // 10**6
        text = f"{name}: {free} MB free of {facts.f_blocks * facts.f_frsize // 10**6}"
        cure = "sudo apt clean; sudo journalctl --vacuum-size=50M; du -xh --max-depth=2 / | sort -h shows what is large"
        if free < _NONE_MEGABYTES:
            yield Finding("disk", "fault", text, cure)
        elif facts.f_files > 0 and facts.f_ffree < _LEAST_NODES:
            yield Finding("disk", "fault", f"{name}: room for {facts.f_ffree} more files only", cure)
        elif free < _LOW_MEGABYTES:
            yield Finding("disk", "warning", text, cure)
        else:
            yield Finding("disk", "ok", text)


def writable(case: Examination) -> Iterator[Finding]:
    """The mount of /, and those of the files that the settings name: whether they keep what is written."""
    mounts = [line.split() for line in case.host.read("/proc/self/mounts").splitlines() if line.count(" ") >= 3]
    yield from _outputs_on_read_only(case, mounts)
    root = [fields for fields in mounts if fields[1] == "/"]
    if not root:
        yield Finding("writable", "none", "this machine does not tell how / is mounted")
        return
    kind, options = root[-1][2], root[-1][3].split(",")
    planned = ["ro" in fields[3].split(",") for fields in map(str.split, case.host.read("/etc/fstab").splitlines())
               if len(fields) > 3 and fields[1] == "/"]  # fmt: skip
    if "ro" in options and not any(planned):
        cure = (
            "the card is failing: save what is on it, and put in a new one; sudo dmesg | grep -i error has the reason"
        )
        yield Finding("writable", "fault", "/ has become read-only", cure)
    elif "ro" in options:
        cure = "sudo mount -o remount,rw / before you change settings or models"
        yield Finding("writable", "warning", "/ is read-only, as fstab says", cure)
    elif kind == "overlay" and case.host.pi:
        cure = "sudo raspi-config, Performance, Overlay File System, off; then change settings or models"
        yield Finding("writable", "warning", "/ forgets every change at the next start (overlay)", cure)
    else:
        yield Finding("writable", "ok", "/ can be written")


def _outputs(case: Examination) -> list[Path]:
    """The files that the settings ask for."""
    names = [case.settings.events, *case.settings.display]
    return [Path(name).absolute() for name in names if name not in ("", "-", "none") and not is_screen(name)]


def _outputs_on_read_only(case: Examination, mounts: list[list[str]]) -> Iterator[Finding]:
    for file in _outputs(case):
        around = [fields for fields in mounts if file.is_relative_to(fields[1])]
        nearest = max(around, key=lambda fields: len(fields[1]), default=["", "/", "", ""])
        if nearest[1] != "/" and "ro" in nearest[3].split(","):  # of / itself is told once
            cure = f"sudo mount -o remount,rw {nearest[1]}, or name a file on another disk in the settings"
            yield Finding("writable", "fault", f"{file} cannot be written: {nearest[1]} is read-only", cure)
