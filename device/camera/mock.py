"""A stand-in for a live camera: a recording played as if it were happening, with the faults that are asked for."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from device.camera.camera import Camera
from device.camera.driver import Picture
from device.camera.playback import Clock
from device.contract import Frame
from device.errors import HardwareError
from device.process.stop import NEVER, Stop
from device.settings import forms


class MockCamera:
    """The driver `mock:FILE`.

    Args:
        recording: what is seen; not yet entered.
        faults: each a word and a number: "drop 0.1" and "break 0.1", that share of the frames does not come or cannot
            be decoded; "tear 0.1", the lower half of that share is noise; "stall 3", from that second on the driver
            does not return; "unplug 3", from that second on it fails. Which frames are hit is the same in every run.
            "away FILE": while that file exists, the camera does not.

    Raises:
        UsageError: no such fault.
    """

    name = "mock"

    def __init__(self, recording: Camera, faults: tuple[str, ...] = (), stop: Stop = NEVER):
        self.faults = dict(map(forms.parse_fault, faults))
        self._signs = [Path(text.partition(" ")[2]) for text in faults if forms.parse_fault(text)[0] == forms.AWAY]
        self.given, self.frames_per_second = "", 30.0
        self._recording, self._stop = recording, stop
        self._chance = np.random.default_rng(0)

    def open(self) -> None:
        self._check_there("plug it in")
        recording = self._recording.__enter__()
        self.frames_per_second = recording.frames_per_second
        self.given = f"{recording.describe()}, as if it were live"
        self._frames: Iterator[Frame] = iter(recording)
        self._clock = Clock(recording.describe(), self._stop)

    def grab(self) -> float:
        self._frame = self._next()
        while self._happens("drop"):
            self._frame = self._next()
        return self._stamp

    def retrieve(self) -> Picture | None:
        if self._happens("break"):
            return None
        grey, image = self._frame.grey, self._frame.image
        if self._happens("tear"):
            grey, image = grey.copy(), image.copy()
            half = len(grey) // 2
            image[half:] = self._chance.integers(0, 256, image[half:].shape)
            grey[half:] = image[half:, :, 1]
        return Picture(grey, image)

    def pause(self) -> None:
        self._paused = time.monotonic()

    def resume(self) -> None:
        self._clock.shift(time.monotonic() - self._paused)

    def close(self) -> None:
        self._recording.__exit__(None, None, None)

    def _next(self) -> Frame:
        frame = next(self._frames, None)
        if frame is None:
            raise EOFError
        self._stamp = self._clock.wait_until(frame.time)
        if frame.time >= self.faults.get("stall", np.inf):
            threading.Event().wait()  # a driver is not told of the end
        if frame.time >= self.faults.get("unplug", np.inf):
            raise HardwareError(f"camera {self.name} gives no frames any more: was it unplugged?")
        self._check_there("was it unplugged?")
        return frame

    def _check_there(self, cure: str) -> None:
        for sign in self._signs:
            if sign.exists():
                raise HardwareError(f"no camera {self.name}: {cure} ({sign} stands for its absence)")

    def _happens(self, fault: str) -> bool:
        return fault in self.faults and self._chance.random() < self.faults[fault]
