"""How often to look: less when nobody has been there for a while, and less when the processor runs hot."""

import math
from dataclasses import dataclass

_COOLER = 5.0  # degrees below the limit before the full rate is back, so that it does not come and go


@dataclass(frozen=True)
class Rates:
    """When to slow down, and to what."""

    idle_seconds: float = 60.0  # without a face before the rate falls
    idle_rate: float = 5.0  # frames a second while nobody is there
    hot_celsius: float = 78.0  # from which on the rate falls; a Raspberry Pi throttles itself at 80 to 85
    hot_rate: float = 8.0  # frames a second while it is hot


class Governor:
    """Decides which frames of a live camera are read. Pure: time and temperature come in.

    A face that appears brings the full rate back with the next frame.
    """

    def __init__(self, rates: Rates):
        self.rates = rates
        self._hot = False
        self._face = self._last = -math.inf  # seconds: a face was there, a frame was read
        self._said = ""

    def takes(self, time: float) -> bool:
        """Whether the frame at `time` (seconds) is to be read."""
        if self._face == -math.inf:
            self._face = time  # as if somebody had been there at the start
        # Half a frame early is on time: a camera's own rate is seldom a multiple.
        if time - self._last < 1 / self._rate(time) - 0.015:
            return False
        self._last = time
        return True

    def learn(self, time: float, faces: int, celsius: float | None) -> str | None:
        """Take what a frame held and how hot it is; returns one line where the rate changes."""
        if faces:
            self._face = time
        if celsius is not None:
            limit = self.rates.hot_celsius - _COOLER * self._hot
            self._hot = celsius >= limit
        state = self._state(time)
        if state == self._said:
            return None
        self._said = state
        return state or "full rate again"

    def _idle(self, time: float) -> bool:
        return time - self._face >= self.rates.idle_seconds

    def _rate(self, time: float) -> float:
        rate = self.rates.hot_rate if self._hot else math.inf
        return min(rate, self.rates.idle_rate) if self._idle(time) else rate

    def _state(self, time: float) -> str:
        reasons = [f"the processor is at {self.rates.hot_celsius:g} C or above"] if self._hot else []
        reasons += [f"nobody was there for {self.rates.idle_seconds:g} seconds"] if self._idle(time) else []
        return f"{self._rate(time):g} frames a second: {' and '.join(reasons)}" if reasons else ""
