"""How texts in settings are written. Each check raises UsageError; nothing but Python's own library is loaded."""

import re
from pathlib import Path

from device.errors import UsageError

SCREENS = ("auto", "window", "drm", "fb")  # and /dev/fbN
VIDEO_FILES = (".mp4", ".webm")
DISPLAY_FILES = (*VIDEO_FILES, ".png")
FAULT_SHARES = ("drop", "break", "tear")  # of mock:FILE: of the frames, 0 to 1
FAULT_SECONDS = ("stall", "unplug")  # of mock:FILE: from the start
AWAY = "away"  # of mock:FILE: while a file exists, the camera does not

_REGION = re.compile(r"([1-9]\d*)x([1-9]\d*)\+(\d+)\+(\d+)")


def check_pixel_format(value: str) -> None:
    if len(value) not in (0, 4) or not value.isascii():
        raise UsageError(f"pixel_format = {value!r} is not four characters, as MJPG or YUYV")


def check_votes_share(value: float) -> None:
    if value != -1 and not 0 <= value <= 1:
        raise UsageError(f"votes_share = {value:g} is neither from 0 to 1 nor -1")


def parse_region(value: str) -> tuple[int, int, int, int]:
    """(width, height, left, top) in pixels of a region written as WIDTHxHEIGHT+LEFT+TOP."""
    match = _REGION.fullmatch(value)
    if not match:
        raise UsageError(f"region = {value!r} is not written as WIDTHxHEIGHT+LEFT+TOP, in pixels")
    width, height, left, top = map(int, match.groups())
    return width, height, left, top


def is_screen(display: str) -> bool:
    """Whether a --display setting names a screen, and not a file."""
    return display in SCREENS or re.fullmatch(r"/dev/fb\d+", display) is not None


def check_displays(value: tuple[str, ...]) -> None:
    for name in value:
        if name != "none" and not is_screen(name) and Path(name).suffix.lower() not in DISPLAY_FILES:
            raise UsageError(
                f"{name!r} is none of: none, {', '.join(SCREENS)}, FILE.mp4 or FILE.webm (a video), "
                "FILE.png (a contact sheet)"
            )


def check_faults(value: tuple[str, ...]) -> None:
    for fault in value:
        parse_fault(fault)


def parse_fault(value: str) -> tuple[str, float]:
    """(word, number) of a fault of mock:FILE; the number of `away FILE` is 0."""
    word, _, rest = value.partition(" ")
    if word == AWAY and rest:
        return AWAY, 0.0
    try:
        number = float(rest)
    except ValueError:
        number = -1.0
    if (word in FAULT_SHARES and 0 <= number <= 1) or (word in FAULT_SECONDS and number >= 0):
        return word, number
    raise UsageError(
        f"mock_faults: {value!r} is none of {', '.join(FAULT_SHARES)} with a share from 0 to 1, "
        f"{', '.join(FAULT_SECONDS)} with a second, {AWAY} with a file"
    )
