"""How often to look: less when nobody has been there for a while, and less when the processor runs hot."""

import math
import sys
from collections.abc import Callable

from device.contract import Frame, Output, Reading
from device.settings.settings import Settings

_COOLER = 5.0  # degrees below the limit before the full rate is back, so that it does not come and go
# Half a frame of a fast camera: a frame that early is on time, because a camera's own rate is seldom a multiple.
_EARLY_SECONDS = 0.015


class Pace(Output):
    """Decides which frames of a live camera are read, and learns from what was read.

    A face that appears brings the full rate back with the next frame. The camera's thread asks `wants`; everything else
    is the loop's. Each value is written by one of the two only.

    Args:
        settings: idle_seconds, idle_rate, hot_celsius and hot_rate say when to slow down, and to what.
        celsius: the processor's temperature at a time in seconds; None where the system tells of none.
    """

    def __init__(self, settings: Settings, celsius: Callable[[float], float | None] = lambda time: None):
        self._settings = settings
        self._celsius = celsius
        self._started: float | None = None  # seconds of the frames: as if somebody had been there at the start
        self._last = -math.inf  # when a frame was let through
        self._face = -math.inf  # when a face was there
        self._hot = False
        self._said = ""

    def adopt(self, settings: Settings) -> None:
        self._settings = settings

    def wants(self, time: float) -> bool:
        """Whether the frame at `time` (seconds) is to be read."""
        if self._started is None:
            self._started = time
        if time - self._last < 1 / self._rate(time) - _EARLY_SECONDS:
            return False
        self._last = time
        return True

    def show(self, frame: Frame, reading: Reading) -> None:
        said = self.learn(frame.time, len(reading.faces), self._celsius(frame.time))
        if said:
            print(said, file=sys.stderr, flush=True)

    def learn(self, time: float, faces: int, celsius: float | None) -> str | None:
        """Take what a frame held and how hot it is; returns one line where the rate changes."""
        if faces:
            self._face = time
        if celsius is not None:
            limit = self._settings.hot_celsius
            self._hot = celsius >= (limit - _COOLER if self._hot else limit)
        state = self._state(time)
        if state == self._said:
            return None
        self._said = state
        return state or "full rate again"

    def _is_idle(self, time: float) -> bool:
        since = max(self._face, time if self._started is None else self._started)
        return time - since >= self._settings.idle_seconds

    def _rate(self, time: float) -> float:
        rate = self._settings.hot_rate if self._hot else math.inf
        return min(rate, self._settings.idle_rate) if self._is_idle(time) else rate

    def _state(self, time: float) -> str:
        reasons = []
        if self._hot:
            reasons.append(f"the processor is at {self._settings.hot_celsius:g} C or above")
        if self._is_idle(time):
            reasons.append(f"nobody was there for {self._settings.idle_seconds:g} seconds")
        return f"{self._rate(time):g} frames a second: {' and '.join(reasons)}" if reasons else ""
