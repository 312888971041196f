"""What can be set, in a TOML file or by flags: each setting declared once, frozen once read."""

import difflib
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Self

from device.errors import UsageError
from device.net.interpreter import RUNTIMES
from device.settings import forms, toml_lines
from device.settings.declared import check, declaration, setting, taken
from device.settings.hours import Hours

CAMERA, MODEL, SHOWN, HOURS, FACES, READINGS, RECORDINGS = (
    "Camera",
    "Model and processor",
    "Screen and events",
    "Hours, by the local clock",
    "Faces",
    "Readings",
    "Recordings, and `device record`",
)
_FOR_TESTS = ""
MODELS_OWN = -1.0  # of votes_share


@dataclass(frozen=True)
class Settings:
    """Every setting, in the order of the settings file (systemd/config.toml, which template.py writes).

    Raises:
        UsageError: values out of their range; a line for each names it.
    """

    camera: str = setting(
        "/dev/video0", "picamera2, /dev/videoN, rtsp://HOST/PATH, http://HOST/PATH, mock:FILE, a video, a photo, "
        "a folder of photos or recorded", CAMERA,
    )  # fmt: skip
    camera_login: str = setting("", "of a network camera that asks for one: a file of one line, user:password", CAMERA)
    width: int = setting(640, "pixels, asked of a live camera", CAMERA, low=16, high=8192)
    height: int = setting(480, "pixels, asked of a live camera", CAMERA, low=16, high=8192)
    rate: float = setting(30.0, "frames a second, asked of a live camera", CAMERA, low=0.1, high=1000)
    pixel_format: str = setting(
        "", "asked of a webcam: MJPG, YUYV or another of V4L2's names; empty for its own choice", CAMERA,
        form=forms.check_pixel_format,
    )  # fmt: skip
    rotation: int = setting(
        0, "degrees clockwise by which the picture is turned to be upright: 0, 90, 180 or 270", CAMERA,
        choices=(0, 90, 180, 270),
    )  # fmt: skip
    mirror: bool = setting(False, "left and right change places", CAMERA)
    region: str = setting(
        "", "the part that counts, WIDTHxHEIGHT+LEFT+TOP in pixels once turned and mirrored; empty for all", CAMERA,
        form=forms.parse_region,
    )  # fmt: skip
    stall_seconds: float = setting(
        5.0, "a live camera that gives no frame for so long ends the process with status 1", CAMERA, low=0.1, high=600
    )
    retry_seconds: float = setting(
        60.0, "as a service: from one look for a camera that is away to the next, at most", CAMERA, low=1, high=60
    )
    mock_faults: tuple[str, ...] = setting(
        (), 'of mock:FILE (device/camera/mock.py): "drop 0.1", "stall 3", "away FILE" ...', _FOR_TESTS,
        form=forms.check_faults,
    )  # fmt: skip

    model: str = setting(
        "default", "a bundled release, active (the one that `activate` chose), a release folder or a .tflite", MODEL
    )
    interpreter: str = setting(
        "auto", "auto, ai-edge-litert or tflite-runtime", MODEL, choices=("auto", *RUNTIMES)
    )  # fmt: skip
    threads: int = setting(1, "of the interpreter and of OpenCV", MODEL, low=1, high=16)
    idle_seconds: float = setting(
        60.0, "live: after so long without a face the rate falls", MODEL, low=1, high=86400, reload=True
    )
    idle_rate: float = setting(
        5.0, "live: frames a second while nobody is there", MODEL, low=0.5, high=120, reload=True
    )
    hot_celsius: float = setting(
        78.0, "live: processor's temperature from which on the rate falls", MODEL, low=30, high=110, reload=True
    )
    hot_rate: float = setting(
        8.0, "live: frames a second while the processor is that hot", MODEL, low=0.5, high=120, reload=True
    )

    display: tuple[str, ...] = setting(
        (), "auto, window, drm, fb, FILE.mp4, FILE.webm (video), FILE.png (contact sheet); several at once", SHOWN,
        form=forms.check_displays,
    )  # fmt: skip
    events: str = setting("", "file for JSON Lines, - for stdout, empty for none", SHOWN)
    events_megabytes: float = setting(
        10.0, "live or loop: size of the file at most, 10^6 bytes; then it becomes FILE.1", SHOWN,
        low=0.001, high=100_000, reload=True,
    )  # fmt: skip
    events_files: int = setting(
        5, "live or loop: how many such files are kept, the newest among them", SHOWN, low=2, high=1000, reload=True
    )

    hours: str = setting(
        "", 'live or loop: the camera is open "Mon-Fri 08:00-18:00, Sat 10:00-14:00"; empty for always', HOURS,
        form=Hours.parse, reload=True,
    )  # fmt: skip
    screen_hours: str = setting(
        "", "when screens are not black, written as hours", HOURS, form=Hours.parse, reload=True
    )

    crop: str = setting(
        "face", "face, or whole: the picture, or its region, is what is read", FACES, choices=("face", "whole")
    )
    smallest_face: int = setting(
        48, "pixels, side of the smallest face that is looked for", FACES, low=20, high=2000, reload=True
    )
    face_neighbours: int = setting(
        5, "overlapping hits that make a face; more means fewer false faces", FACES, low=1, high=50, reload=True
    )
    face_memory_seconds: float = setting(
        1.0, "how long a lost face keeps its number", FACES, low=0, high=60, reload=True
    )
    scan_seconds: float = setting(
        0.5, "from one search of the whole picture to the next", FACES, low=0.05, high=10, reload=True
    )
    look_seconds: float = setting(
        0.06, "from one search around a known face to the next", FACES, low=0, high=0.3, reload=True
    )
    hold_seconds: float = setting(
        0.3, "how long a face is shown that is not found any more", FACES, low=0, high=0.3, reload=True
    )

    read_seconds: float = setting(
        0.1, "the net runs at most once in this time for each face", READINGS, low=0.01, high=1, reload=True
    )
    smoothing_seconds: float = setting(
        0.25, "time constant of the smoothed scores", READINGS, low=0.01, high=10, reload=True
    )
    label_margin: float = setting(
        0.2, "probability by which another label must lead before it takes over", READINGS, low=0, high=1, reload=True
    )
    least_confidence: float = setting(
        0.0, "probability from which on a label is shown; 0 takes the model's own", READINGS, low=0, high=1, reload=True
    )

    votes_share: float = setting(
        MODELS_OWN,
        "0 says what FER-2013's labels would, 1 what most annotators see, or a mixture; -1 takes the model's own",
        READINGS, low=-1, high=1, form=forms.check_votes_share, reload=True,
    )  # fmt: skip

    pace: str = setting(
        "max", "recordings: realtime, or max for as fast as they are read", RECORDINGS, choices=("realtime", "max")
    )
    loop: bool = setting(False, "recordings: start again at the end", RECORDINGS)
    record_seconds: float = setting(60.0, "length of a recording at most", RECORDINGS, low=0.1, high=86_400)
    record_megabytes: int = setting(1000, "size of a recording at most, 10^6 bytes", RECORDINGS, low=1, high=1_000_000)
    free_megabytes: int = setting(
        500, "space that a recording leaves free on its disk, 10^6 bytes", RECORDINGS, low=0, high=1_000_000
    )

    def __post_init__(self) -> None:
        faults = []
        for field in fields(self):
            try:
                check(field, getattr(self, field.name))
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
        settings = cls() if path is None else cls(**toml_lines.read(path, _value))
        return replace(settings, **{name: value for name, value in flags.items() if value is not None})


# What a reload takes while the kiosk runs; the others wait for the next start.
RELOADABLE = frozenset(field.name for field in fields(Settings) if declaration(field).reload)


def _value(name: str, value: Any) -> Any:
    """A value of the file as the setting wants it."""
    known = {field.name: field for field in fields(Settings)}
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        cure = f"did you mean {near[0]!r}?" if near else "systemd/config.toml has them all"
        raise UsageError(f"unknown setting {name!r}: {cure}")
    return taken(known[name], value)
