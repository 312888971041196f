"""Files and links that a kill or a power cut leaves as they were or as they shall be, never half written.

What is new is written under a name beside the old one, brought to the disk, and takes the old one's name in one step.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def write(path: Path, content: bytes, mode: int | None = None, *, synced: bool = True) -> None:
    """Put a whole file in place; whoever reads `path` sees the former content or the new one.

    Args:
        mode: the file's permission bits; by default what the process's umask leaves.
        synced: whether the content is on the disk before it takes the name. Without, a power cut may leave an empty
            file: for thousands of small files that are checked and written again anyway.

    Raises:
        OSError: no such folder, no room, or no permission; the former file stays and nothing new is left beside it.
    """
    with _taking_the_name_of(path, "", synced) as new:
        # os.O_BINARY exists on Windows only, where a file would else get its line ends changed.
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
        descriptor = os.open(new, flags, 0o666 if mode is None else mode)
        try:
            if mode is not None:
                os.fchmod(descriptor, mode)  # the umask has no say in a mode that was asked for
            left = memoryview(content)
            while left:
                left = left[os.write(descriptor, left) :]
            if synced:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)


def write_json(path: Path, value: Any, mode: int | None = None) -> None:
    """Put a whole JSON file in place, in lines that people can read too; see `write`."""
    write(path, (json.dumps(value, indent=2) + "\n").encode(), mode)


@contextmanager
def partial(path: Path, suffix: str = "") -> Iterator[Path]:
    """The name of a file for writers that want one; it takes the name `path` once the block ends and it is on the disk.

    Args:
        suffix: of the name that is given, for writers that choose a format by it.

    Raises:
        OSError: as of `write`. Whatever the block raises is passed on; then too the former file stays.
    """
    with _taking_the_name_of(path, suffix, synced=True) as new:
        yield new
        with new.open("rb+") as file:
            os.fsync(file.fileno())


@contextmanager
def _taking_the_name_of(path: Path, suffix: str, synced: bool) -> Iterator[Path]:
    new = path.with_name(f".{path.name}.new{suffix}")
    try:
        yield new
        new.replace(path)
    except OSError as error:
        new.unlink(missing_ok=True)
        if error.filename is None:  # "No space left on device": on which one, only the path tells
            raise OSError(error.errno, error.strerror or str(error), str(path)) from error
        raise
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    if synced:
        sync_folder(path.parent)


def link(path: Path, target: str) -> None:
    """Point the symbolic link `path` at `target` in one step."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    new.replace(path)
    sync_folder(path.parent)


def remove(path: Path) -> None:
    """Remove a file or a link, if it is there, for good."""
    path.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Bring a folder's names to the disk: a file that was renamed there keeps its new name after a power cut."""
    if not hasattr(os, "O_DIRECTORY"):
        return  # Windows, which training runs on too, cannot open a folder
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
