"""Frames of a recording at their own times, once or over and over. Every frame counts."""

import time
from collections.abc import Callable, Iterator

import cv2
import numpy as np

from device.contract import Frame

_LATE_SECONDS = 1.0  # a reader that was away for longer finds the recording where it left it


class Played:
    """What all recordings have in common: every frame counts, and none comes before it is asked for."""

    dropped = 0
    hangs = False

    def pause(self) -> None:
        pass

    def resume(self) -> None:
        pass


def play(
    read: Callable[[], Iterator[tuple[float, np.ndarray]]], frame_seconds: float, realtime: bool, loop: bool
) -> Iterator[Frame]:
    """Frames of `read()`, which gives (seconds from the first frame, image) of a recording from its start.

    Args:
        frame_seconds: how long the last frame stands before the recording starts again.
        realtime: wait until each frame's time has come.
        loop: start again at the end; `Frame.time` goes on.
    """
    index, offset, started = 0, 0.0, time.monotonic()
    while True:
        end = offset
        for second, image in read():
            if realtime:
                early = started + offset + second - time.monotonic()
                started += -early if early < -_LATE_SECONDS else 0.0
                time.sleep(max(0.0, early))
            yield Frame(index, offset + second, cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), image)
            index, end = index + 1, offset + second + frame_seconds
        if not loop:
            return
        offset = end
