"""Where frames come from. Each camera is a context manager and an iterable of Frames, chosen by one setting."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol, Self

from device.camera.recording import VIDEO_SUFFIXES, Recording
from device.camera.stills import STILL_SUFFIXES, Stills
from device.camera.webcam import Webcam
from device.contract import Frame
from device.errors import UsageError

__all__ = ["Camera", "Recording", "Stills", "Webcam", "is_live", "open_camera"]


class Camera(Protocol):
    """What every camera does."""

    frames_per_second: float  # nominal; of stills, how many a video of them shows a second

    def __enter__(self) -> Self: ...
    def __exit__(self, *error: object) -> None: ...
    def __iter__(self) -> Iterator[Frame]: ...
    def describe(self) -> str:
        """One line for a person, known after opening."""
        ...

    def lost(self) -> str:
        """What could not be read, one line; empty while nothing was lost."""
        ...


def is_live(name: str) -> bool:
    """Whether a --camera setting names a live camera: `/dev/video0`, or just `0`."""
    return re.fullmatch(r"\d+|/dev/video\d+", name) is not None


def open_camera(name: str, pace: str = "max", loop: bool = False) -> Camera:
    """The camera that a --camera setting names: `/dev/videoN` or `N`, a video, a photo, or a folder of photos.

    Args:
        pace: "realtime" gives a recording's frames at their own times, "max" as fast as they are read.
        loop: a recording starts again at its end.

    Raises:
        UsageError: nothing of that name, or of no known kind.
    """
    if is_live(name):
        return Webcam(name)
    path = Path(name)
    if not name or not path.exists():
        raise UsageError(f"{name}: no such camera or file (a webcam is /dev/video0; a recording is a file or folder)")
    if path.is_dir() or path.suffix.lower() in STILL_SUFFIXES:
        return Stills(path, pace, loop)
    if path.suffix.lower() in VIDEO_SUFFIXES:
        return Recording(path, pace, loop)
    raise UsageError(
        f"{name}: neither a video ({' '.join(sorted(VIDEO_SUFFIXES))}) nor a photo ({' '.join(sorted(STILL_SUFFIXES))})"
    )
