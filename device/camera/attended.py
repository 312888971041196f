"""A camera that is open in its hours only."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Self

from device.contract import Frame
from device.hours import Hours, local_now

if TYPE_CHECKING:
    from device.camera import Camera
    from device.settings import Settings

CHECK_SECONDS = 1.0  # from one look at the clock to the next
_STOP_SECONDS = 0.2  # how long a closed camera may take to notice that it is to stop


class Attended:
    """Closes its camera outside the hours and waits, so that no frame is taken and the processor rests.

    Frames are numbered on, and their time goes on, over the time in which it was closed.

    Args:
        opens: makes the camera, anew for each opening.
        hours: when it is open, as Hours.parse takes it.
        resting: called every CHECK_SECONDS while it is closed, with the reason: whatever else must go on then goes on
            here (a service's watchdog, dark screens, a reload).
        stopped: whether to end; asked often while it is closed.
        now: local time.
    """

    def __init__(
        self,
        opens: Callable[[], "Camera"],
        hours: str,
        resting: Iterable[Callable[[str], None]],
        stopped: Callable[[], bool],
        now: Callable[[], datetime] = local_now,
    ):
        self._hours = Hours.parse(hours)
        self._opens, self._resting, self._stopped, self._now = opens, resting, stopped, now
        self._camera = opens()
        self._entered = False
        self._dropped = 0  # of cameras that are closed
        self._look_at = 0.0  # monotonic seconds
        self._in_hours = True
        self.frames_per_second = self._camera.frames_per_second

    @property
    def dropped(self) -> int:
        return self._dropped + self._camera.dropped

    def take(self, settings: "Settings") -> None:
        """Other hours, within CHECK_SECONDS."""
        self._hours = Hours.parse(settings.hours)

    def __enter__(self) -> Self:
        """Opens the camera, if these are its hours."""
        if self._are_hours(at_once=True):
            self._open()
        return self

    def __exit__(self, *error: object) -> None:
        if self._entered:
            self._entered = False
            self._camera.__exit__(*error)

    def __iter__(self) -> Iterator[Frame]:
        index, last, ended = 0, 0.0, time.monotonic()
        while self._wait():
            if not self._entered:
                self._reopen()
            offset = last + time.monotonic() - ended if index else 0.0
            for frame in self._camera:
                last = offset + frame.time
                yield replace(frame, index=index, time=last)
                index += 1
                if not self._are_hours():
                    break
            else:
                return
            ended = time.monotonic()

    def describe(self) -> str:
        return self._camera.describe() if self._entered else self._closed_until()

    def lost(self) -> str:
        return self._camera.lost()

    def _wait(self) -> bool:
        """Until the hours begin; returns False where it is to stop."""
        if self._entered and not self._are_hours(at_once=True):
            print(self._closed_until(), file=sys.stderr, flush=True)
            self.__exit__(None, None, None)
        while not self._are_hours(at_once=True):
            for rest in self._resting:
                rest(self._closed_until())
            until = time.monotonic() + CHECK_SECONDS
            while time.monotonic() < until:
                if self._stopped():
                    return False
                time.sleep(_STOP_SECONDS)
        return not self._stopped()

    def _open(self) -> None:
        self._camera.__enter__()
        self._entered = True
        self.frames_per_second = self._camera.frames_per_second

    def _reopen(self) -> None:
        dropped = self.dropped
        self._camera = self._opens()
        self._dropped = dropped
        self._open()
        print(f"open again: {self._camera.describe()}", file=sys.stderr, flush=True)

    def _are_hours(self, at_once: bool = False) -> bool:
        now = time.monotonic()
        if at_once or now >= self._look_at:
            self._look_at = now + CHECK_SECONDS
            self._in_hours = self._hours.hold(self._now())
        return self._in_hours

    def _closed_until(self) -> str:
        return f"closed until {self._hours.begin(self._now())}"
