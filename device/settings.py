"""What can be set, in a TOML file or by flags; frozen once read."""

import difflib
import tomllib
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Self

from device.errors import UsageError
from device.interpreter import RUNTIMES

_CHOICES: dict[str, tuple[Any, ...]] = {
    "pace": ("realtime", "max"),
    "interpreter": ("auto", *RUNTIMES),
    "rotation": (0, 90, 180, 270),
}


@dataclass(frozen=True)
class Settings:
    """Every setting with its default; the comment gives unit and meaning.

    Raises:
        UsageError: a value out of its range; the line names it.
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
    mock_faults: tuple[str, ...] = ()  # of mock:FILE: "drop 0.1", "break 0.1", "tear 0.1", "stall 3", "unplug 3"
    record_seconds: float = 60.0  # length of a recording at most
    record_megabytes: int = 1000  # size of a recording at most, 10^6 bytes
    free_megabytes: int = 500  # space that a recording leaves free on its disk, 10^6 bytes
    model: str = "default"  # a bundled release, active (the one that `activate` chose), a release folder or a .tflite
    display: tuple[str, ...] = ()  # auto, window, drm, fb, FILE.mp4 (video), FILE.png (contact sheet); several at once
    events: str = ""  # file for JSON Lines, - for stdout, empty for none
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
    label_margin: float = 0.1  # probability by which another label must lead before it takes over
    least_confidence: float = 0.0  # probability from which on a label is shown; 0 takes the model's own

    def __post_init__(self) -> None:
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise UsageError(f"{name} = {value} is not from {low} to {high}")
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise UsageError(f"{name} = {getattr(self, name)!r} is none of {', '.join(map(str, choices))}")
        if len(self.pixel_format) not in (0, 4) or not self.pixel_format.isascii():
            raise UsageError(f"pixel_format = {self.pixel_format!r} is not four characters, as MJPG or YUYV")

    @classmethod
    def read(cls, path: Path | None, **flags: Any) -> Self:
        """Defaults, changed by the TOML file, changed by flags (those that are None change nothing).

        Raises:
            UsageError: the file is missing, no TOML, or holds an unknown key or a value of the wrong type; the line
                names file and key, and the key that was probably meant.
        """
        settings = cls()
        try:
            if path is not None:
                settings = replace(settings, **_checked(_parse(path)))
        except UsageError as error:
            raise UsageError(f"{path}: {error}") from error
        return replace(settings, **{name: value for name, value in flags.items() if value is not None})


_RANGES = {
    "width": (16, 8192),
    "height": (16, 8192),
    "rate": (0.1, 1000),
    "stall_seconds": (0.1, 600),
    "record_seconds": (0.1, 86_400),
    "record_megabytes": (1, 1_000_000),
    "free_megabytes": (0, 1_000_000),
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


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"is not TOML: {error}") from error


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    defaults = {field.name: field.default for field in fields(Settings)}
    checked = {}
    for key, value in values.items():
        if key not in defaults:
            near = difflib.get_close_matches(key, defaults, n=1)
            raise UsageError(f"unknown setting {key!r}" + (f": did you mean {near[0]!r}?" if near else ""))
        wanted = type(defaults[key])
        if wanted is float and type(value) is int:
            value = float(value)
        if wanted is tuple:
            value = tuple(value) if isinstance(value, list) else (value,)
            if not all(isinstance(part, str) for part in value):
                raise UsageError(f"{key} must be text, or a list of texts")
        elif type(value) is not wanted:
            name = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}[wanted]
            raise UsageError(f"{key} must be {name}, not {value!r}")
        checked[key] = value
    return checked
