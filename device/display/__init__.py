"""Where pictures are shown: nowhere, in a video file, on a contact sheet. Chosen by one setting."""

from pathlib import Path
from typing import Protocol, Self

from device.contract import Frame, Reading
from device.display.sheet import ContactSheet
from device.display.video_file import VideoFile
from device.errors import UsageError

__all__ = ["ContactSheet", "Display", "VideoFile", "open_display"]


class Display(Protocol):
    """What every display does; a context manager."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *error: object) -> None: ...
    def show(self, frame: Frame, reading: Reading) -> None: ...


class Nothing:
    """The display `none`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def show(self, frame: Frame, reading: Reading) -> None:
        pass


def open_display(name: str, frames_per_second: float) -> Display:
    """The display that a --display setting names: `none`, FILE.mp4 (annotated video) or FILE.png (contact sheet).

    Raises:
        UsageError: no display of that name.
    """
    if name == "none":
        return Nothing()
    path = Path(name)
    if path.suffix.lower() == ".mp4":
        return VideoFile(path, frames_per_second)
    if path.suffix.lower() == ".png":
        return ContactSheet(path)
    raise UsageError(f"display {name!r} is none of: none, FILE.mp4 (annotated video), FILE.png (contact sheet)")
