"""What a camera setting names, told from the name alone: nothing is opened, and neither OpenCV nor NumPy is loaded."""

import re
from pathlib import Path

from device.process.safe_names import shown

MOCK = "mock:"  # before a recording that plays as if it were a live camera

_PICAMERA = re.compile(r"picamera2(?::(\d+))?")
_NETWORK = re.compile(r"(rtsps?|https?)://.*", re.IGNORECASE | re.DOTALL)
# Up to the last @, wherever it stands: a password may hold any letter.
_LOGIN = re.compile(r"(?<=://).*@", re.DOTALL)
_SECRET = re.compile(r"((?:pass\w*|pwd|psw|pw|user\w*|usr|login|token|key|auth|secret)=)[^&;]*", re.IGNORECASE)
_WEBCAM = re.compile(r"\d+|/dev/(video\d+|v4l/.+)")


def is_live(name: str) -> bool:
    """Whether it names a live camera: `picamera2`, `/dev/video0` or just `0`, `rtsp://HOST/...`, `mock:FILE`."""
    return is_mock(name) or is_network(name) or picamera_number(name) is not None or webcam_device(name) is not None


def is_network(name: str) -> bool:
    """Whether it is the address of a camera on the network: `rtsp://`, `rtsps://`, `http://` or `https://`."""
    return _NETWORK.fullmatch(name) is not None


def has_login(name: str) -> bool:
    """Whether a user or a password stands in an address."""
    return "://" in name and _masked(name) != name


def public(name: str) -> str:
    """The name as it may be seen by everybody: without the login that an address may hold."""
    return shown(_masked(name) if "://" in name else name)


def _masked(address: str) -> str:
    return _SECRET.sub(r"\1***", _LOGIN.sub("***@", address))


def is_mock(name: str) -> bool:
    """Whether it names a recording that plays as if it were a live camera."""
    return name.startswith(MOCK)


def recording(name: str) -> str:
    """The recording that a mock plays, or the name itself where it names no camera. It need not be there."""
    return name.removeprefix(MOCK)


def picamera_number(name: str) -> int | None:
    """Which of the cameras at a Pi's own connectors `picamera2` or `picamera2:N` is, from 0; None for another name."""
    match = _PICAMERA.fullmatch(name)
    return int(match[1] or 0) if match else None


def webcam_device(name: str) -> Path | None:
    """The device file of a webcam, `/dev/videoN` for just `N`; None for another name. It need not be there."""
    if not _WEBCAM.fullmatch(name):
        return None
    return Path(f"/dev/video{name}" if name.isdecimal() else name)
