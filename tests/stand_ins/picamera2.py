"""Stands in for picamera2 where there is no Pi. It keeps what the real one does and what hurts (picamera2 0.3.38):

- RGB888 lies in memory as blue, green, red; its padding is cut off;
- a YUV420 array is (height * 3 // 2, stride), the padding kept, and its colour space is the configuration's;
- lores is no larger than main, and sizes are made even;
- capture_request blocks for ever when the cable drops, unless `wait` is a number: then TimeoutError;
- a request must be released: there are as many as the configuration's buffers;
- closing may hang once the camera is gone, and a second Picamera2 in a process ends in ENOMEM.

FAKE_PICAMERA2 in the environment asks for a fault: missing, busy, oldnumpy; after three frames, stall or fail.
"""

import os
import threading
import time

import cv2
import numpy as np

_FAULT = os.environ.get("FAKE_PICAMERA2", "")
_STALL_AFTER = 3
_STRIDE = 64
_taken = False

if _FAULT == "oldnumpy":
    raise ValueError("numpy.dtype size changed, may indicate binary incompatibility")


def _scene(width: int, height: int) -> np.ndarray:
    """The picture in FAKE_PICAMERA2_SCENE, as a sensor of this size sees it; uint8 [H, W, 3], blue green red."""
    return cv2.resize(cv2.imread(os.environ["FAKE_PICAMERA2_SCENE"]), (width, height), interpolation=cv2.INTER_NEAREST)


class Picamera2:
    """One camera."""

    @staticmethod
    def global_camera_info() -> list[dict[str, object]]:
        return [] if _FAULT == "missing" else [{"Model": "imx708", "Num": 0, "Id": "/base/soc/i2c0mux/imx708@1a"}]

    def __init__(self, camera_num: int = 0):
        global _taken
        assert camera_num < len(self.global_camera_info())
        if _FAULT == "busy":
            try:
                raise RuntimeError("Failed to acquire camera: Device or resource busy")
            except RuntimeError as error:
                raise RuntimeError("Camera __init__ sequence did not complete.") from error
        self._second, _taken = _taken, True
        self._frames = 0
        self._out = 0
        self.camera_controls = {"FrameDurationLimits": (1000, 120_000_000, 33_333)}

    def create_preview_configuration(self, main, lores=None, controls=None, buffer_count=4):
        return self._configuration(main, lores, controls, buffer_count, full_range=True)

    def create_video_configuration(self, main, lores=None, controls=None, buffer_count=6):
        return self._configuration(main, lores, controls, buffer_count, full_range=False)

    def _configuration(self, main, lores, controls, buffer_count, full_range):
        streams = {"main": dict(main), "lores": dict(lores) if lores else None}
        for stream in filter(None, streams.values()):
            stream["size"] = tuple(side - side % 2 for side in stream["size"])
        return streams | {"controls": controls or {}, "buffer_count": buffer_count, "full_range": full_range}

    def configure(self, configuration) -> None:
        main, lores = configuration["main"], configuration["lores"]
        if lores["size"][0] > main["size"][0] or lores["size"][1] > main["size"][1]:
            raise RuntimeError("lores stream dimensions may not exceed main stream")
        if main["format"] != "RGB888" or lores["format"] != "YUV420":
            raise RuntimeError("this stand-in knows RGB888 and YUV420 only")
        if self._second:
            raise OSError(12, "Cannot allocate memory")
        lores["stride"] = -(-lores["size"][0] // _STRIDE) * _STRIDE
        self._given = configuration
        self._seconds = configuration["controls"].get("FrameDurationLimits", (33_333,))[0] / 1e6

    def camera_configuration(self):
        return self._given

    def start(self) -> None:
        self._started, self._frames = time.monotonic(), 0

    def capture_request(self, wait=None, signal_function=None, flush=None) -> "_Request":
        if _FAULT == "fail" and self._frames >= _STALL_AFTER:
            raise RuntimeError("Failed to queue request: Input/output error")
        stalled = _FAULT == "stall" and self._frames >= _STALL_AFTER
        if stalled or self._out >= self._given["buffer_count"]:
            threading.Event().wait(None if wait is None or wait is True else wait)
            raise TimeoutError
        # The newest picture that was not handed out yet; older ones went back to the camera.
        number = max(self._frames + 1, int((time.monotonic() - self._started) / self._seconds))
        time.sleep(max(0.0, self._started + number * self._seconds - time.monotonic()))
        self._frames = number
        self._out += 1
        return _Request(self, self._started + number * self._seconds)

    def stop(self) -> None:
        assert not self._out, "a buffer is still out"
        self._started = float("inf")  # whoever asks for a picture now waits for ever

    def close(self) -> None:
        if _FAULT == "stall":
            threading.Event().wait()


class _Request:
    def __init__(self, camera: Picamera2, second: float):
        self._camera, self._second, self._released = camera, second, False

    def get_metadata(self) -> dict[str, int]:
        return {"SensorTimestamp": round(self._second * 1e9), "FrameDuration": round(self._camera._seconds * 1e6)}

    def make_array(self, name: str) -> np.ndarray:
        assert not self._released, "the buffer is the camera's again"
        given = self._camera._given
        if name == "main":
            return _scene(*given["main"]["size"])
        width, height = given["lores"]["size"]
        array = np.full((height * 3 // 2, given["lores"]["stride"]), 77, np.uint8)
        grey = cv2.cvtColor(_scene(width, height), cv2.COLOR_BGR2GRAY)
        array[:height, :width] = grey if given["full_range"] else 16 + grey * (219 / 255)
        return array

    def release(self) -> None:
        assert not self._released
        self._released = True
        self._camera._out -= 1
