"""A camera that rests outside its hours. The only place where a camera's hours are asked."""

import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Protocol, Self

from device.contract import Moment, Pause
from device.process.driver_thread import DriverThread
from device.settings.hours import Timetable
from device.settings.settings import Settings

_PAUSE_SECONDS = 0.2  # from one pause to the next: how long a stop may go unnoticed


class Source(Protocol):
    """What has hours: a camera, or one that is waited for."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *error: object) -> None: ...
    def __iter__(self) -> Iterator[Moment]: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def describe(self) -> str: ...


class OpeningHours:
    """Moments of a source in its hours, and pauses outside them: no picture is taken then, and the processor rests.

    Args:
        source: not yet entered; it is not before its hours.
        hours: when it is open, as Hours.parse takes it.
        now: local time.
    """

    def __init__(self, source: Source, hours: str, now: Callable[[], datetime] | None = None):
        self._source, self._timetable = source, Timetable(hours, now)
        self._moments: Iterator[Moment] | None = None  # of the source, once it is entered
        self._rests = False

    def adopt(self, settings: Settings) -> None:
        self._timetable.set(settings.hours)

    def __enter__(self) -> Self:
        if self._timetable.is_open():
            self._enter()
        return self

    def __exit__(self, *error: object) -> None:
        if self._moments is not None:
            self._source.__exit__(*error)

    def __iter__(self) -> Iterator[Moment]:
        while True:
            if not self._timetable.is_open():
                self._close()
                yield Pause("closed", self._timetable.closed_until())
                time.sleep(_PAUSE_SECONDS)
                continue
            if self._moments is None or self._rests:
                yield from self._open()
            assert self._moments is not None
            moment = next(self._moments, None)
            if moment is None:
                return
            yield moment

    def describe(self) -> str:
        return self._timetable.closed_until() if self._moments is None else self._source.describe()

    def _open(self) -> Iterator[Pause]:
        """Enter the source, or wake it. It may take half a minute, and a silent loop would be called frozen: pauses."""
        failures: list[Exception] = []

        def work() -> None:
            try:
                if self._moments is None:
                    self._enter()
                else:
                    self._source.resume()
            except Exception as error:  # whatever it is, it is raised where the moments are read
                failures.append(error)

        opening = DriverThread(work, "opening")
        opening.start()
        opening.join(_PAUSE_SECONDS)
        while opening.is_alive():
            yield Pause("waiting", "the camera is being opened")
            opening.join(_PAUSE_SECONDS)
        if failures:
            raise failures[0]
        self._rests = False
        if described := self._source.describe():  # empty while it is waited for
            _say(f"open: {described}")

    def _enter(self) -> None:
        self._source.__enter__()
        self._moments = iter(self._source)

    def _close(self) -> None:
        if self._moments is not None and not self._rests:
            self._rests = True
            self._source.pause()
            _say(self._timetable.closed_until())


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
