"""A USB camera or a laptop's webcam, through OpenCV."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import cv2

from device.contract import Frame
from device.errors import HardwareError


class Webcam:
    """Frames of a live camera at 640x480.

    Args:
        name: `/dev/video0`, or just `0`.

    Raises:
        HardwareError: on entering or reading, the camera is missing, busy or forbidden, or gives no frame.
    """

    def __init__(self, name: str):
        self.name = name
        self.number = int(name.removeprefix("/dev/video"))
        self.frames_per_second = 30.0

    def __enter__(self) -> Self:
        self._video = cv2.VideoCapture(self.number)
        if not self._video.isOpened():
            raise HardwareError(_why_not(self.number))
        self._video.set(cv2.CAP_PROP_FRAME_WIDTH, 640)
        self._video.set(cv2.CAP_PROP_FRAME_HEIGHT, 480)
        self._video.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # the newest frame, not one that waited
        self.frames_per_second = self._video.get(cv2.CAP_PROP_FPS) or 30.0
        return self

    def __exit__(self, *error: object) -> None:
        self._video.release()

    def __iter__(self) -> Iterator[Frame]:
        index, started = 0, time.monotonic()
        while True:
            good, image = self._video.read()
            if not good:
                raise HardwareError(f"camera {self.name} gives no frames any more: was it unplugged?")
            yield Frame(index, time.monotonic() - started, cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), image)
            index += 1

    def describe(self) -> str:
        width, height = self._video.get(cv2.CAP_PROP_FRAME_WIDTH), self._video.get(cv2.CAP_PROP_FRAME_HEIGHT)
        return f"camera {self.name}: {width:.0f}x{height:.0f}, {self.frames_per_second:.4g} frames a second"

    def lost(self) -> str:
        return ""


def _why_not(number: int) -> str:
    device = Path(f"/dev/video{number}")
    if Path("/dev").is_dir() and not device.exists():
        there = sorted(str(path) for path in Path("/dev").glob("video*"))
        return f"no camera {device}: plug one in, or choose one of: {', '.join(there) or 'none is there'}"
    try:
        device.open("rb").close()
    except PermissionError:
        return f"no permission for {device}: sudo usermod -aG video $USER, then log in again"
    except OSError as error:
        return f"camera {device} does not open: {error.strerror}"
    return f"camera {device} does not open: another program may be using it (fuser {device} tells which)"
