"""Whether the capture thread pays: `python -m benchmarks.capture`.

A driver like V4L2's: buffers that fill 30 times a second and wait in a queue, JPEGs to be decoded. Read in one thread
with four buffers, in one thread with one, and through device.camera.newest.Newest, by readers that take their time.
"""

import time
from collections import deque

import cv2
import numpy as np

from device.camera.driver import Picture
from device.camera.newest import Newest
from tests.drawn_film import scene

_SECONDS = 5.0
_RATE = 30.0


class QueueingCamera:
    """A driver whose pictures wait, at most `buffers` of them; what comes then is lost."""

    name, given, frames_per_second = "queue", "", _RATE

    def __init__(self, buffers: int):
        self.buffers, self.decoded = buffers, 0
        self._jpeg = cv2.imencode(".jpg", scene(3.0))[1]

    def open(self) -> None:
        self.started, self._next, self._queue = time.monotonic(), 0, deque[float]()

    def grab(self) -> float:
        self._fill()
        if not self._queue:
            time.sleep(max(0.0, self.started + self._next / _RATE - time.monotonic()))
            self._fill()
        return self._queue.popleft()

    def retrieve(self) -> Picture:
        self.decoded += 1
        image = cv2.imdecode(self._jpeg, cv2.IMREAD_COLOR)
        return Picture(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), image)

    def close(self) -> None:
        pass

    def _fill(self) -> None:
        while (stamp := self.started + self._next / _RATE) <= time.monotonic():
            if len(self._queue) < self.buffers:
                self._queue.append(stamp)
            self._next += 1


def read(driver: QueueingCamera, busy_seconds: float, thread: bool) -> list[float]:
    """Age in seconds of each frame when the reader gets it."""
    ages: list[float] = []
    end = time.monotonic() + _SECONDS
    if thread:
        with Newest(driver, 5.0) as camera:
            for frame in camera:
                ages.append(time.monotonic() - driver.started - frame.time)
                time.sleep(busy_seconds)
                if time.monotonic() > end:
                    return ages
    driver.open()
    while time.monotonic() < end:
        stamp = driver.grab()
        driver.retrieve()
        ages.append(time.monotonic() - stamp)
        time.sleep(busy_seconds)
    return ages


def main() -> None:
    cv2.setNumThreads(1)
    print("reader busy   read through         frames/s   age median    95 %    processor/frame   decoded/frame")
    for busy in (0.005, 0.025, 0.04, 0.1, 0.5):
        for label, buffers, thread in (("4 buffers", 4, False), ("1 buffer", 1, False), ("Newest, 4 buffers", 4, True)):
            driver = QueueingCamera(buffers)
            began = time.process_time()
            ages = np.array(read(driver, busy, thread)) * 1e3
            cost = (time.process_time() - began) / len(ages) * 1e3
            print(
                f"{busy * 1e3:8.0f} ms   {label:<18} {len(ages) / _SECONDS:10.1f} {np.median(ages):9.1f} ms"
                f" {np.percentile(ages, 95):6.1f} ms {cost:13.2f} ms {driver.decoded / len(ages):13.2f}"
            )


if __name__ == "__main__":
    main()
