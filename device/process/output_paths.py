"""Files that a run writes, checked before it starts: long work is not lost at its end, and no input is overwritten."""

import os
from pathlib import Path

from device.errors import UsageError


def check_target(path: Path) -> None:
    """Raise UsageError where no file can ever be written: a missing folder, or a folder of that name."""
    if path.is_dir():
        raise UsageError(f"{path}: cannot be written: it is a folder")
    if not path.absolute().parent.is_dir():
        raise UsageError(f"{path}: cannot be written: its folder does not exist")


def check_all(camera: str, outputs: list[str]) -> None:
    """Raise UsageError where an output is the recording itself or is named twice (see also check_target)."""
    taken = {_resolved(Path(camera.removeprefix("mock:")))}
    for name in outputs:
        path = Path(name)
        check_target(path)
        resolved = _resolved(path)
        if resolved in taken and not path.is_char_device():
            raise UsageError(f"{name}: is read or written already; choose another name")
        if resolved.exists() and resolved.parent in taken:
            raise UsageError(f"{name}: lies in the folder that is read; choose another place")
        taken.add(resolved)


def _resolved(path: Path) -> Path:
    """Where links lead; those that lead in a circle, as far as they do. Whoever opens that says so."""
    return Path(os.path.realpath(path))
