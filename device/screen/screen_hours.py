"""A screen that is black outside its hours."""

from collections.abc import Callable
from datetime import datetime
from typing import Self

from device.contract import Frame, Output, Pause, Reading
from device.settings.hours import Timetable
from device.settings.settings import Settings


class ScreenHours(Output):
    """Hands on what comes in the hours, and a pause outside them.

    Args:
        screen: what shows the frames.
        hours: when it does, as Hours.parse takes it.
        now: local time.
    """

    def __init__(self, screen: Output, hours: str, now: Callable[[], datetime] | None = None):
        self._screen, self._timetable = screen, Timetable(hours, now)

    def __enter__(self) -> Self:
        self._screen.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._screen.__exit__(*error)

    def show(self, frame: Frame, reading: Reading) -> None:
        if self._timetable.is_open():
            self._screen.show(frame, reading)
        else:
            self._close()

    def rest(self, pause: Pause) -> None:
        if self._timetable.is_open():
            self._screen.rest(pause)
        else:
            self._close()

    def adopt(self, settings: Settings) -> None:
        self._timetable.set(settings.screen_hours)

    def _close(self) -> None:
        self._screen.rest(Pause("closed", "outside screen_hours"))
