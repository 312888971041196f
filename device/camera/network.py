"""A camera on the network: RTSP, or MJPEG over HTTP, through OpenCV's FFmpeg."""

import os
import time

import cv2

from device.camera import names
from device.camera.driver import Picture, Wanted
from device.camera.network_host import address, why_not
from device.errors import HardwareError
from device.process.quiet import quiet_opencv

_OPENING_SECONDS = 10.0  # until the camera has answered and its first pictures are known
_READING = 0.8  # of stall_seconds: so the driver says itself that nothing comes, and its thread is free


class NetworkCamera:
    """The driver `rtsp://HOST/...` or `http://HOST/...`.

    Args:
        name: its address; what of it is a login is never shown.
        login_file: where user and password stand; empty where the camera asks for none.
        wanted: the rate of a camera that does not tell its own.
        stall_seconds: how long to wait for a picture.

    Raises:
        UsageError: at once, an address or a login that is none.
        HardwareError: on opening or grabbing, the camera is away, refuses the login, or gives no pictures.
    """

    def __init__(self, name: str, login_file: str, wanted: Wanted, stall_seconds: float):
        self.name = names.public(name)
        self.given, self.frames_per_second = "", wanted.rate
        self._address, self._asks_login = address(name, login_file), bool(login_file) or names.has_login(name)
        self._wanted, self._stall_seconds = wanted, stall_seconds

    def open(self) -> None:
        quiet_opencv()  # it would tell the address, with the login
        # Over UDP, with which older ones begin, lost packets make pictures with grey patches in them.
        os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", "rtsp_transport;tcp")
        limits = [
            cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, round(_OPENING_SECONDS * 1000),
            cv2.CAP_PROP_READ_TIMEOUT_MSEC, round(_READING * self._stall_seconds * 1000),
        ]  # fmt: skip
        self._video = cv2.VideoCapture(self._address, cv2.CAP_FFMPEG, limits)
        if not self._video.isOpened():
            raise HardwareError(why_not(self._address, self.name, self._asks_login))
        # Streams that do not tell their rate make OpenCV say 0, 90000 or NaN.
        rate = self._video.get(cv2.CAP_PROP_FPS)
        self.frames_per_second = rate if 0.1 <= rate <= 1000 else self._wanted.rate
        size = int(self._video.get(cv2.CAP_PROP_FRAME_WIDTH)), int(self._video.get(cv2.CAP_PROP_FRAME_HEIGHT))
        self.given = f"{size[0]}x{size[1]}, {self.frames_per_second:.4g} frames a second"

    def grab(self) -> float:
        began = time.monotonic()
        if not self._video.grab():
            if time.monotonic() - began >= 0.9 * _READING * self._stall_seconds:
                raise TimeoutError
            raise HardwareError(f"camera {self.name} has ended its stream: is it on, and is the network there?")
        return time.monotonic()  # its own clock is another one

    def retrieve(self) -> Picture | None:
        try:
            good, image = self._video.retrieve()
        except cv2.error:
            return None
        return Picture(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), image) if good else None

    def pause(self) -> None:
        self.close()

    def resume(self) -> None:
        self.open()

    def close(self) -> None:
        self._video.release()
