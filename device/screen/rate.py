"""How many frames a second the loop reads."""

import math


class Rate:
    """Counts frames and smooths their rate.

    Args:
        seconds: time constant of the smoothing.
    """

    def __init__(self, seconds: float = 1.0):
        self.seconds = seconds
        self._last: float | None = None
        self._interval = 0.0

    def count(self, now: float) -> None:
        """A frame was read at `now`, seconds of a clock that never goes back."""
        if self._last is not None:
            interval = now - self._last
            keep = math.exp(-interval / self.seconds) if self._interval else 0.0
            self._interval = keep * self._interval + (1 - keep) * interval
        self._last = now

    def __call__(self) -> float | None:
        """Frames a second; None before the second frame."""
        return 1 / self._interval if self._interval else None
