"""Program versions side by side, and the link that says which one runs."""

import contextlib
import hashlib
import os
import re
import shutil
from pathlib import Path

from installer.layout import Layout
from installer.machine import Machine
from installer.step import InstallError, link, write

# What of the project goes onto a Pi, the manuals among it. The recording is read once by each new version before it may
# run.
RECORDING = Path("tests/media/drawn_faces.mp4")
_SHIPPED = (
    "device", "systemd", "script/requirements", "pyproject.toml", "LICENSE", "README.md", "docs", str(RECORDING),
)  # fmt: skip
_WHOLE = "whole"  # the file that a version gets last
_STARTED = "started"  # the file that says: since the switch to this version the service was started anew


def shipped(source: Path) -> list[Path]:
    """Every file that is installed, relative to `source`, sorted.

    Raises:
        InstallError: the copy of the project lacks some of it.
    """
    files: list[Path] = []
    for name in _SHIPPED:
        path = source / name
        found = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
        if not found:
            raise InstallError(f"{path} is missing: this copy of the project is not whole; fetch it again")
        files += [file.relative_to(source) for file in found]
    return sorted(file for file in files if "__pycache__" not in file.parts and file.suffix != ".partial")


def identify(source: Path, machine: Machine) -> str:
    """The version's name: its number, and a digest of every byte and of what it is built for."""
    digest = hashlib.sha256(f"{machine.architecture} {machine.python}".encode())
    for file in shipped(source):
        content = (source / file).read_bytes()
        digest.update(f"{file} {len(content)}\n".encode() + content)
    number = re.search(r'^version = "([\w.]+)"', (source / "pyproject.toml").read_text(), re.MULTILINE)
    return f"{number[1] if number else '0'}-{digest.hexdigest()[:12]}"


def name_of(pointer: Path) -> str | None:
    """The version that `current` or `previous` points to, if it is whole."""
    try:
        name = pointer.readlink().name
    except OSError:
        return None
    return name if is_whole(pointer.parent / "versions" / name) else None


def is_whole(version: Path) -> bool:
    return (version / _WHOLE).is_file()


def copy(source: Path, version: Path) -> None:
    """Lay the project's files out in a new, empty version."""
    shutil.rmtree(version, ignore_errors=True)
    for file in shipped(source):
        target = version / file
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / file, target)
        # Whatever the checkout's modes are, the service's user can read it, and only root write.
        target.chmod(0o755 if file == Path("systemd/install") else 0o644)


def mark_whole(version: Path) -> None:
    """From here on the version may run. Its files are on the disk before the mark is."""
    os.sync()
    write(version / _WHOLE, b"")


def was_started(version: Path) -> bool:
    """Whether the service was started after the switch to this version; not where that was broken off."""
    return (version / _STARTED).is_file()


def mark_started(version: Path, started: bool) -> None:
    if started:
        write(version / _STARTED, b"")
    else:
        (version / _STARTED).unlink(missing_ok=True)


def switch(layout: Layout, name: str) -> None:
    """Make `name` the version that runs, and the present one the one to go back to."""
    former = name_of(layout.current)
    if former == name:
        return
    if former:
        link(layout.previous, f"versions/{former}")
    link(layout.current, f"versions/{name}")


def switch_back(layout: Layout, former: str, before: str | None) -> None:
    """Undo a switch: `former` runs again, and `before` is again the one before it."""
    link(layout.current, f"versions/{former}")
    if before:
        link(layout.previous, f"versions/{before}")
    else:
        layout.previous.unlink()
    prune(layout)


def before_switch(layout: Layout) -> tuple[str | None, str | None]:
    """What `current` and `previous` were, where a switch was made and nothing pruned since."""
    ran = former(layout)
    return ran, next((name for name in _whole(layout) if name not in (ran, name_of(layout.current))), None)


def former(layout: Layout) -> str | None:
    """The version to go back to; where a power cut left `previous` at the one that runs, another that is whole."""
    current, previous = name_of(layout.current), name_of(layout.previous)
    if previous and previous != current:
        return previous
    return next((name for name in _whole(layout) if name != current), None)


def prune(layout: Layout) -> None:
    """Keep the version that runs and the one before; nothing piles up."""
    kept = {name_of(layout.current), name_of(layout.previous)}
    for version in layout.versions.iterdir():
        if version.name not in kept:
            # First, so that what is half gone when the power goes is no version.
            with contextlib.suppress(OSError):
                (version / _WHOLE).unlink()
            shutil.rmtree(version, ignore_errors=True)


def _whole(layout: Layout) -> list[str]:
    return [path.name for path in layout.versions.glob("*") if is_whole(path)]
