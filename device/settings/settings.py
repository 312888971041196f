"""What can be set, in a TOML file or by flags; frozen once read."""

import difflib
import math
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Self

from device.errors import UsageError
from device.net.interpreter import RUNTIMES
from device.settings import toml_lines
from device.settings.hours import Hours

_HUGE = 2**53  # from here on a float does not hold every whole number, and later none
_CHOICES: dict[str, tuple[Any, ...]] = {
    "pace": ("realtime", "max"),
    "interpreter": ("auto", *RUNTIMES),
    "rotation": (0, 90, 180, 270),
}

# What a reload takes while the kiosk runs, without opening anything anew; the others wait for the next start.
LIVE = {
    "events_megabytes", "events_files", "hours", "screen_hours",
    "smallest_face", "face_neighbours", "face_memory_seconds",
    "scan_seconds", "look_seconds", "hold_seconds", "read_seconds",
    "idle_seconds", "idle_rate", "hot_celsius", "hot_rate",
    "smoothing_seconds", "label_margin", "least_confidence",
}  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """Every setting with its default; the comment gives unit and meaning.

    Raises:
        UsageError: values out of their range; a line for each names it.
    """

    camera: str = "/dev/video0"  # picamera2, /dev/videoN, mock:FILE, a video, a photo, a folder of photos or recorded
    width: int = 640  # pixels, asked of a live camera
    height: int = 480  # pixels, asked of a live camera
    rate: float = 30.0  # frames a second, asked of a live camera
    pixel_format: str = ""  # asked of a webcam: MJPG, YUYV or another of V4L2's names; empty for its own choice
    rotation: int = 0  # degrees clockwise by which the picture is turned to be upright: 0, 90, 180 or 270
    mirror: bool = False  # left and right change places
    region: str = ""  # the part that counts, WIDTHxHEIGHT+LEFT+TOP in pixels once turned and mirrored; empty for all
    stall_seconds: float = 5.0  # a live camera that gives no frame for so long ends the process with status 1
    retry_seconds: float = 60.0  # as a service: from one look for a camera that is away to the next, at most
    mock_faults: tuple[str, ...] = ()  # of mock:FILE (device/camera/mock.py): "drop 0.1", "stall 3", "away FILE" ...
    record_seconds: float = 60.0  # length of a recording at most
    record_megabytes: int = 1000  # size of a recording at most, 10^6 bytes
    free_megabytes: int = 500  # space that a recording leaves free on its disk, 10^6 bytes
    model: str = "default"  # a bundled release, active (the one that `activate` chose), a release folder or a .tflite
    display: tuple[str, ...] = ()  # auto, window, drm, fb, FILE.mp4 (video), FILE.png (contact sheet); several at once
    events: str = ""  # file for JSON Lines, - for stdout, empty for none
    events_megabytes: float = 10.0  # live or loop: size of the file at most, 10^6 bytes; then it becomes FILE.1
    events_files: int = 5  # live or loop: how many such files are kept, the newest among them
    hours: str = ""  # live or loop: the camera is open "Mon-Fri 08:00-18:00, Sat 10:00-14:00"; empty for always
    screen_hours: str = ""  # when screens are not black, written as hours
    pace: str = "max"  # recordings: realtime, or max for as fast as they are read
    loop: bool = False  # recordings: start again at the end
    interpreter: str = "auto"  # auto, ai-edge-litert or tflite-runtime
    threads: int = 1  # of the interpreter and of OpenCV
    smallest_face: int = 48  # pixels, side of the smallest face that is looked for
    face_neighbours: int = 5  # overlapping hits that make a face; more means fewer false faces
    face_memory_seconds: float = 1.0  # how long a lost face keeps its number
    scan_seconds: float = 0.5  # from one search of the whole picture to the next
    look_seconds: float = 0.06  # from one search around a known face to the next
    hold_seconds: float = 0.3  # how long a face is shown that is not found any more
    read_seconds: float = 0.1  # the net runs at most once in this time for each face
    idle_seconds: float = 60.0  # live: after so long without a face the rate falls
    idle_rate: float = 5.0  # live: frames a second while nobody is there
    hot_celsius: float = 78.0  # live: processor's temperature from which on the rate falls
    hot_rate: float = 8.0  # live: frames a second while the processor is that hot
    smoothing_seconds: float = 0.25  # time constant of the smoothed scores
    label_margin: float = 0.2  # probability by which another label must lead before it takes over
    least_confidence: float = 0.0  # probability from which on a label is shown; 0 takes the model's own

    def __post_init__(self) -> None:
        faults = []
        for field in fields(self):
            try:
                _check(field.name, getattr(self, field.name))
            except UsageError as error:
                faults.append(str(error))
        if faults:
            raise UsageError("\n".join(faults))

    @classmethod
    def read(cls, path: Path | None, **flags: Any) -> Self:
        """Defaults, changed by the TOML file, changed by flags (those that are None change nothing).

        Raises:
            UsageError: the file is missing, no TOML, or holds an unknown key or a value that cannot be; there is one
                line for each fault, which names file, line and key, and the key that was probably meant.
        """
        settings = cls() if path is None else cls(**toml_lines.read(path, _taken))
        return replace(settings, **{name: value for name, value in flags.items() if value is not None})


_RANGES = {
    "width": (16, 8192),
    "height": (16, 8192),
    "rate": (0.1, 1000),
    "stall_seconds": (0.1, 600),
    "retry_seconds": (1, 60),
    "record_seconds": (0.1, 86_400),
    "record_megabytes": (1, 1_000_000),
    "free_megabytes": (0, 1_000_000),
    "events_megabytes": (0.001, 100_000),
    "events_files": (2, 1000),
    "threads": (1, 16),
    "smallest_face": (20, 2000),
    "face_neighbours": (1, 50),
    "face_memory_seconds": (0, 60),
    "scan_seconds": (0.05, 10),
    "look_seconds": (0, 0.3),
    "hold_seconds": (0, 0.3),
    "read_seconds": (0.01, 1),
    "idle_seconds": (1, 86400),
    "idle_rate": (0.5, 120),
    "hot_celsius": (30, 110),
    "hot_rate": (0.5, 120),
    "smoothing_seconds": (0.01, 10),
    "label_margin": (0, 1),
    "least_confidence": (0, 1),
}


def _pixel_format(value: str) -> None:
    if len(value) not in (0, 4) or not value.isascii():
        raise UsageError(f"pixel_format = {value!r} is not four characters, as MJPG or YUYV")


def _region(value: str) -> None:
    from device.camera.view import View

    View(region=value)


def _mock_faults(value: tuple[str, ...]) -> None:
    from device.camera.mock import check_fault

    for fault in value:
        check_fault(fault)


def _display(value: tuple[str, ...]) -> None:
    from device.outputs.make import check_name

    for name in value:
        check_name(name)


# Where a text has a form, whoever uses it knows the form. Imported there, because they take settings themselves.
_FORMS: dict[str, Callable[[Any], object]] = {
    "pixel_format": _pixel_format,
    "region": _region,
    "mock_faults": _mock_faults,
    "display": _display,
    "hours": Hours.parse,
    "screen_hours": Hours.parse,
}


def _check(name: str, value: Any) -> None:
    """Raise UsageError where a setting of the right type cannot have this value."""
    if name in _RANGES:
        low, high = _RANGES[name]
        if not low <= value <= high:
            raise UsageError(f"{name} = {_short(value)} is not from {low} to {high}")
    if name in _CHOICES and value not in _CHOICES[name]:
        raise UsageError(f"{name} = {value!r} is none of {', '.join(map(str, _CHOICES[name]))}")
    if name in _FORMS and value:
        try:
            _FORMS[name](value)
        except UsageError as error:
            raise UsageError(str(error) if str(error).startswith(name) else f"{name}: {error}") from error


def _short(value: float) -> str:
    return f"{value:.12g}" if isinstance(value, float) or abs(value) < _HUGE else f"{str(value)[:12]}..."


def _taken(key: str, value: Any) -> Any:
    """A value of the file as the setting wants it."""
    defaults = {field.name: field.default for field in fields(Settings)}
    if key not in defaults:
        near = difflib.get_close_matches(key, defaults, n=1)
        cure = f"did you mean {near[0]!r}?" if near else "systemd/config.toml has them all"
        raise UsageError(f"unknown setting {key!r}: {cure}")
    wanted = type(defaults[key])
    if wanted is float and type(value) is int:
        value = float(value) if abs(value) < _HUGE else math.inf * (1 if value > 0 else -1)
    if wanted is tuple:
        value = tuple(value) if isinstance(value, list) else (value,)
        if not all(isinstance(part, str) for part in value):
            raise UsageError(f"{key} must be text, or a list of texts")
    elif type(value) is not wanted:
        name = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}[wanted]
        raise UsageError(f"{key} must be {name}, not {value!r}")
    _check(key, value)
    return value
