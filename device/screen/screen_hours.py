"""A screen that is black outside its hours."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Self

import numpy as np

from device.contract import Frame, Reading
from device.screen.screen import Screen
from device.settings.hours import Hours, local_now
from device.settings.settings import Settings

_BLACK = np.zeros((9, 16, 3), np.uint8)
_SECONDS = 1.0  # from one look at the clock to the next


class HourlyScreen:
    """Shows the frames of a screen's hours, and black outside them.

    Args:
        screen: what it shows them on.
        hours: when it does, as Hours.parse takes it.
        now: local time.
    """

    def __init__(self, screen: Screen, hours: str, now: Callable[[], datetime] = local_now):
        self.screen, self._hours, self._now = screen, Hours.parse(hours), now
        self._look_at = 0.0  # monotonic seconds
        self._in_hours = True

    def __enter__(self) -> Self:
        self.screen.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.screen.__exit__(*error)

    def show(self, frame: Frame, reading: Reading) -> None:
        now = time.monotonic()
        if now >= self._look_at:
            self._look_at = now + _SECONDS
            self._in_hours = self._hours.hold(self._now())
            if not self._in_hours:
                self._darken()
        if self._in_hours:
            self.screen.show(frame, reading)

    def rest(self, reason: str) -> None:
        """Be black while the camera is closed; to be called every second."""
        self._darken()

    def take(self, settings: Settings) -> None:
        """Other hours, within a second."""
        self._hours = Hours.parse(settings.screen_hours)

    def _darken(self) -> None:
        # Again every second, because a screen that is not ready lets a picture fall.
        self.screen.show_picture(_BLACK)
