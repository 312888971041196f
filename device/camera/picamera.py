"""The Raspberry Pi's own camera, through picamera2."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from device.camera import names
from device.camera.driver import Picture, Wanted
from device.errors import HardwareError, KioskError, UsageError

_NOT_HERE = (
    "picamera2 is not installed: sudo apt install python3-picamera2, "
    "and make the virtual environment with --system-site-packages"
)
_OTHER_NUMPY = "picamera2 does not go with NumPy {}: pip install 'numpy<2' beside the picamera2 of apt"


class PiCamera:
    """The driver `picamera2`, or `picamera2:N` where there are several cameras.

    Two streams of the same size come with each request: `main`, named RGB888, which lies in memory as blue, green, red;
    and `lores`, YUV420, whose first plane is the grey picture. Both have one origin and one scale, so that a box found
    in one is a box in the other. In the colour space sYCC the plane is what OpenCV makes of main.

    An instance is opened once in a process: picamera2 runs out of memory the second time (its issues 887, 958, 1125).

    Args:
        wait_seconds: how long one call into picamera2 may wait; without it a loose cable would mean for ever.

    Raises:
        UsageError: on opening, picamera2 is not installed, or does not fit what is.
        HardwareError: on opening or grabbing, the camera is missing, busy, forbidden or broken.
    """

    def __init__(self, name: str, wanted: Wanted, wait_seconds: float):
        self.name, self.wanted, self.wait_seconds = name, wanted, wait_seconds
        self.given, self.frames_per_second = "", wanted.rate
        self._number = names.picamera_number(name) or 0
        self._request: Any = None

    def open(self) -> None:
        kind = _import()
        if self._number >= len(kind.global_camera_info()):
            raise HardwareError(_missing(self._number))
        camera = None
        try:
            self._camera = camera = kind(self._number)
            self._configure()
            camera.start()
        except (RuntimeError, OSError, IndexError) as error:
            if camera is not None:
                camera.close()
            raise _why_not(error) from error

    def _configure(self) -> None:
        size = (self.wanted.width, self.wanted.height)
        frame_us = round(1e6 / self.wanted.rate)
        limits = self._camera.camera_controls.get("FrameDurationLimits")
        if limits:
            frame_us = min(max(frame_us, limits[0]), limits[1] or frame_us)
        self._camera.configure(
            self._camera.create_preview_configuration(
                main={"size": size, "format": "RGB888"},
                lores={"size": size, "format": "YUV420"},
                controls={"FrameDurationLimits": (frame_us, frame_us)},
            )
        )
        given = self._camera.camera_configuration()
        self._size, self._grey_size = given["main"]["size"], given["lores"]["size"]
        self.frames_per_second = 1e6 / frame_us
        width, height = self._size
        self.given = self.wanted.given(width, height, self.frames_per_second)

    def grab(self) -> float:
        try:
            request = self._camera.capture_request(wait=self.wait_seconds)
        except TimeoutError:
            raise
        except (RuntimeError, OSError) as error:
            raise _why_not(error) from error
        self._release()
        self._request = request
        return request.get_metadata()["SensorTimestamp"] / 1e9

    def retrieve(self) -> Picture | None:
        image = self._request.make_array("main")
        if self._grey_size != self._size:  # the image processor chose otherwise; boxes are pixels of main
            return Picture(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), image)
        width, height = self._size
        # The array is as wide as the stride, and its lower third is colour.
        return Picture(np.ascontiguousarray(self._request.make_array("lores")[:height, :width]), image)

    def pause(self) -> None:
        """The sensor stops; the camera stays ours, because it could not be opened again."""
        self._release()
        self._camera.stop()

    def resume(self) -> None:
        try:
            self._camera.start()
        except (RuntimeError, OSError) as error:
            raise _why_not(error) from error

    def close(self) -> None:
        self._release()
        self._camera.close()

    def _release(self) -> None:
        if self._request is not None:
            self._request.release()
            self._request = None


def _import() -> Any:
    # What goes wrong is said in one line of ours.
    os.environ.setdefault("LIBCAMERA_LOG_LEVELS", "*:FATAL")
    try:
        from picamera2 import Picamera2
    except ImportError as error:
        raise UsageError(f"{_NOT_HERE} ({error})") from error
    except ValueError as error:  # numpy.dtype size changed
        raise UsageError(_OTHER_NUMPY.format(np.__version__)) from error
    logging.getLogger("picamera2").setLevel(logging.CRITICAL)
    return Picamera2


def _missing(number: int) -> str:
    forbidden = [path for path in sorted(Path("/dev").glob("media*")) if not os.access(path, os.R_OK | os.W_OK)]
    if forbidden:
        return f"no permission for {forbidden[0]}: sudo usermod -aG video,render $USER, then log in again"
    return (
        f"no camera {number} at the Pi's connectors: switch off, seat the ribbon cable at both ends, "
        "then look for it with rpicam-hello --list-cameras"
    )


def _why_not(error: BaseException) -> KioskError:
    """picamera2 wraps what libcamera said in words that name no cause; the first error of the chain does."""
    said = " ".join(str(cause) for cause in _chain(error))
    if "busy" in said.lower():
        return HardwareError("the Pi's camera is busy: end the program that uses it (fuser /dev/media* tells which)")
    if "Cannot allocate memory" in said:
        return HardwareError(
            "no memory for the camera's buffers: ask for a smaller width and height, or restart the Pi"
        )
    return HardwareError(f"the Pi's camera fails: {list(_chain(error))[-1]}")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
