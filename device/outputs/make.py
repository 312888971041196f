"""Where pictures are shown: nowhere, on a screen, in a video file, on a contact sheet. Chosen by one setting."""

import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Protocol, Self

from device.contract import Frame, Reading
from device.errors import UsageError
from device.outputs.contact_sheet import ContactSheet
from device.outputs.video_file import VideoFile
from device.screen.auto import choose, look
from device.screen.notice import Notice
from device.screen.screen import Screen
from device.settings.forms import check_displays, is_screen

__all__ = [
    "ContactSheet",
    "Display",
    "Notice",
    "Screen",
    "VideoFile",
    "open_display",
    "open_screens",
]


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


def open_display(name: str, frames_per_second: float, on_close: Callable[[], None] = lambda: None) -> Display:
    """The display that a --display setting names.

    `window` (on the desktop), `drm` (HDMI without a desktop), `fb` (/dev/fb0) or `/dev/fbN`, `auto` (the best of these
    that is there), `none`, FILE.mp4 (annotated video) or FILE.png (contact sheet).

    Args:
        on_close: called when somebody closes the window.

    Raises:
        UsageError: no display of that name, or what it needs is not installed.
    """
    check_displays((name,))
    if name == "none":
        return Nothing()
    if is_screen(name):
        return _screen(name, on_close)
    path = Path(name)
    return VideoFile(path, frames_per_second) if path.suffix.lower() == ".mp4" else ContactSheet(path)


def open_screens(names: Iterable[str], on_close: Callable[[], None] = lambda: None) -> list[Callable[[], Screen]]:
    """What opens the screens among --display settings; files are left out."""
    return [partial(_screen, name, on_close) for name in names if is_screen(name)]


def _screen(name: str, on_close: Callable[[], None]) -> Screen:
    if sys.platform != "linux":
        raise UsageError(f"display {name} needs Linux; FILE.mp4 and FILE.png do not")
    if name in ("window", "drm") and not look().pygame:
        raise UsageError(f"display {name} needs pygame-ce: pip install pygame-ce")
    return Screen(name, (lambda: choose(look())) if name == "auto" else (lambda: name), on_close)
