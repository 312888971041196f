"""A face's box, steadied in time, so that the crop does not jitter: the 1-euro filter (Casiez, Roussel, Vogel 2012)."""

import math

import numpy as np

from device.contract import Box

_SLOWEST = 1.0  # Hz, cut-off for a face at rest: the cascade's boxes jitter by 2 to 4 % of their side
_PER_SPEED = 2.0  # Hz more for each side a second, so that a moving face is not lagged behind
_OF_VELOCITY = 1.0  # Hz, cut-off of the velocity


class SteadyBox:
    """Centre and side of a box, filtered; what moves fast is smoothed less."""

    def __init__(self) -> None:
        self._state = np.zeros(3)  # centre x, centre y, side; pixels
        self._raw = np.zeros(3)
        self._change = np.zeros(3)  # pixels a second
        self._time: float | None = None

    def update(self, box: Box, time: float) -> None:
        """Take the box seen at `time` (seconds)."""
        raw = np.array([box.x + box.width / 2, box.y + box.height / 2, max(box.width, box.height)], np.float64)
        if self._time is None:
            self._state = raw
        elif time > self._time:
            seconds = time - self._time
            self._change += _weight(_OF_VELOCITY, seconds) * ((raw - self._raw) / seconds - self._change)
            speed = np.abs(self._change) / self._state[2]
            weights = np.array([_weight(_SLOWEST + _PER_SPEED * float(s), seconds) for s in speed])
            self._state = self._state + weights * (raw - self._state)
        self._raw, self._time = raw, time

    @property
    def box(self) -> Box:
        x, y, side = self._state
        return Box(round(x - side / 2), round(y - side / 2), round(side), round(side))

    @property
    def velocity(self) -> tuple[float, float]:
        """Of the centre, pixels a second."""
        return float(self._change[0]), float(self._change[1])


def _weight(hertz: float, seconds: float) -> float:
    """Weight of a new value in an exponential filter of that cut-off."""
    return 1 - math.exp(-2 * math.pi * hertz * seconds)
