"""A USB camera or a laptop's webcam: V4L2 through OpenCV."""

import os
import re
import sys
import time
from pathlib import Path

import cv2

from device.camera import names
from device.camera.driver import Picture, Wanted
from device.errors import HardwareError
from device.process.holders import holders

# A stamp this far from now was taken by another clock.
_SAME_CLOCK_SECONDS = 10.0


class Webcam:
    """The driver `/dev/videoN`, or just `N`.

    Raises:
        HardwareError: on opening or grabbing, the camera is missing, busy or forbidden, or gives nothing.
    """

    def __init__(self, name: str, wanted: Wanted):
        self.name, self.wanted = name, wanted
        self.device = names.webcam_device(name) or Path(name)
        self.given, self.frames_per_second = "", wanted.rate

    def open(self) -> None:
        if sys.platform == "linux" and not self.device.exists():
            raise HardwareError(why_not(self.device))
        # A name like /dev/v4l/by-id/... stays with one camera; it is a link to /dev/videoN.
        number = int(re.sub(r"\D", "", self.device.resolve().name) or -1)
        self._video = cv2.VideoCapture(number, cv2.CAP_V4L2 if sys.platform == "linux" else cv2.CAP_ANY)
        if not self._video.isOpened():
            raise HardwareError(why_not(self.device))
        self._ask()

    def _ask(self) -> None:
        wanted, video = self.wanted, self._video
        # The format comes first: which sizes and rates there are depends on it.
        if wanted.pixel_format:
            video.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*wanted.pixel_format))
        video.set(cv2.CAP_PROP_FRAME_WIDTH, wanted.width)
        video.set(cv2.CAP_PROP_FRAME_HEIGHT, wanted.height)
        video.set(cv2.CAP_PROP_FPS, wanted.rate)
        # Drivers that cannot tell their rate make OpenCV say -1, 0, infinity or NaN.
        rate = video.get(cv2.CAP_PROP_FPS)
        self.frames_per_second = rate if 0.1 <= rate <= 1000 else wanted.rate
        size = int(video.get(cv2.CAP_PROP_FRAME_WIDTH)), int(video.get(cv2.CAP_PROP_FRAME_HEIGHT))
        code = int(video.get(cv2.CAP_PROP_FOURCC)).to_bytes(4, "little", signed=True)
        self.given = wanted.given(*size, self.frames_per_second, code.decode("ascii", "replace").strip("\0 "))

    def grab(self) -> float:
        if not self._video.grab():
            raise HardwareError(why_not(self.device, opened=True))
        now = time.monotonic()
        stamp = self._video.get(cv2.CAP_PROP_POS_MSEC) / 1000  # when the kernel had the picture
        return stamp if abs(now - stamp) < _SAME_CLOCK_SECONDS else now

    def retrieve(self) -> Picture | None:
        try:
            good, image = self._video.retrieve()
        except cv2.error:  # a buffer that holds less than a picture
            return None
        return Picture(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), image) if good else None

    def pause(self) -> None:
        self.close()

    def resume(self) -> None:
        self.open()

    def close(self) -> None:
        self._video.release()


def why_not(device: Path, opened: bool = False) -> str:
    """Why a camera gives no pictures, and what to do; `opened` says that it could be opened."""
    if not device.exists():
        there = sorted(str(path) for path in Path("/dev").glob("video*"))
        gone = f"camera {device} is gone: was it unplugged;" if opened else f"no camera {device}: plug one in;"
        return f"{gone} cameras that are there: {', '.join(there) or 'none'}"
    if not os.access(device, os.R_OK | os.W_OK):
        return f"no permission for {device}: sudo usermod -aG video $USER, then log in again"
    users = ", ".join(map(str, holders(device)))
    if users:
        return f"camera {device} is busy: {users} uses it; end that program"
    if opened:
        return f"camera {device} gives no frames: unplug it and plug it in again, or ask for a smaller width and rate"
    return f"camera {device} does not open: is it a camera (v4l2-ctl --list-devices), or does a program use it?"
