"""What a run has read so far: counted once, for whoever shows it."""

import math
import time
from collections.abc import Callable

from device.contract import Frame, Output, Pause, Reading

_SMOOTHING_SECONDS = 1.0  # time constant of the rate


class Tally(Output):
    """The first of a run's outputs, so that the others find the frame at hand counted.

    Args:
        clock: seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self.frames = 0
        self._last: float | None = None  # when the last frame was counted, seconds of the clock
        self._interval = 0.0  # smoothed, seconds; 0 before the second frame

    def show(self, frame: Frame, reading: Reading) -> None:
        now = self._clock()
        self.frames += 1
        if self._last is not None:
            interval = now - self._last
            keep = math.exp(-interval / _SMOOTHING_SECONDS) if self._interval else 0.0
            self._interval = keep * self._interval + (1 - keep) * interval
        self._last = now

    def rest(self, pause: Pause) -> None:
        self._last, self._interval = None, 0.0  # the rate after a pause has nothing to do with the one before

    @property
    def rate(self) -> float | None:
        """Frames a second, smoothed; None before the second frame."""
        return 1 / self._interval if self._interval else None
