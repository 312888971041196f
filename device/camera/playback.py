"""Frames of a recording at their own times, once or over and over. Every frame counts."""

import sys
import time
from collections.abc import Callable, Iterator

import cv2
import numpy as np

from device.contract import Frame
from device.process import stop as stopping
from device.process.stop import Stop

_LATE_SECONDS = 1.0  # a reader that was away for longer finds the recording where it left it
# Less than a live camera may take, because a mock plays recordings too. A clock that was set during a recording makes
# gaps of hours, and nobody waits for those.
_LONGEST_GAP_SECONDS = 4.0


class Played:
    """What all recordings have in common: every frame counts, and none comes before it is asked for."""

    dropped = 0
    hangs = False

    def pause(self) -> None:
        pass

    def resume(self) -> None:
        pass


class Clock:
    """When the frames of a recording are due: at their own times from when this is made, without its long gaps.

    Args:
        name: of the recording, for the line that says once that a gap was cut.
        stop: ends each wait.
    """

    def __init__(self, name: str, stop: Stop):
        self._name, self._stop = name, stop
        self.started = time.monotonic()  # when the first frame was due
        self._last = 0.0  # seconds of the recording
        self._told = False

    def wait_until(self, second: float) -> float:
        """Wait until this second of the recording is due; returns when that was, monotonic seconds."""
        gap = second - self._last
        if gap > _LONGEST_GAP_SECONDS:
            self.started -= gap - _LONGEST_GAP_SECONDS
            self._tell(gap)
        self._last = second
        stopping.sleep(self.started + second - time.monotonic(), self._stop)
        return self.started + second

    def catch_up(self) -> None:
        """Whoever was away for long finds the recording where it was left."""
        late = time.monotonic() - self.started - self._last
        self.started += late if late > _LATE_SECONDS else 0.0

    def shift(self, seconds: float) -> None:
        """All that comes is due so much later."""
        self.started += seconds

    def _tell(self, gap: float) -> None:
        if not self._told:
            self._told = True
            text = f"{gap:.0f} seconds without a frame pass in {_LONGEST_GAP_SECONDS:.0f}, and so do later gaps"
            print(f"warning: {self._name}: {text}", file=sys.stderr, flush=True)


def play(
    name: str,
    read: Callable[[], Iterator[tuple[float, np.ndarray]]],
    frame_seconds: float,
    realtime: bool,
    loop: bool,
    stop: Stop,
) -> Iterator[Frame]:
    """Frames of `read()`, which gives (seconds from the first frame, image) of a recording from its start.

    Args:
        name: of the recording, for messages.
        frame_seconds: how long the last frame stands before the recording starts again.
        realtime: wait until each frame's time has come; long gaps are cut (see Clock).
        loop: start again at the end; `Frame.time` goes on.
        stop: ends each wait.
    """
    index, offset, clock = 0, 0.0, Clock(name, stop)
    while True:
        end = offset
        for second, image in read():
            if realtime:
                clock.wait_until(offset + second)
                clock.catch_up()
            yield Frame(index, offset + second, cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), image)
            index, end = index + 1, offset + second + frame_seconds
        if not loop:
            return
        offset = end
