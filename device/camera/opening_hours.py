"""A camera that rests outside its hours."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Self

from device.contract import Frame
from device.settings.hours import Hours, local_now

if TYPE_CHECKING:
    from device.camera.make import Camera
    from device.settings.settings import Settings

CHECK_SECONDS = 1.0  # from one look at the clock to the next
_STOP_SECONDS = 0.2  # how long a closed camera may take to notice that it is to stop


class Attended:
    """Lets its camera rest outside the hours and waits, so that no picture is taken and the processor rests too.

    Args:
        camera: not yet entered.
        hours: when it is open, as Hours.parse takes it.
        resting: called every CHECK_SECONDS while it is closed, with the reason: whatever else must go on then goes on
            here (a service's watchdog, dark screens, a reload).
        stopped: whether to end; asked often while it is closed.
        now: local time.
    """

    def __init__(
        self,
        camera: "Camera",
        hours: str,
        resting: Iterable[Callable[[str], None]],
        stopped: Callable[[], bool],
        now: Callable[[], datetime] = local_now,
    ):
        self.camera = camera
        self._hours = Hours.parse(hours)
        self._resting, self._stopped, self._now = resting, stopped, now
        self._frames: Iterator[Frame] | None = None  # once it is entered
        self._paused = False
        self._look_at = 0.0  # monotonic seconds
        self._in_hours = True

    @property
    def frames_per_second(self) -> float:
        return self.camera.frames_per_second or 30.0  # a recording tells once it is open

    @property
    def dropped(self) -> int:
        return self.camera.dropped

    def take(self, settings: "Settings") -> None:
        """Other hours, within CHECK_SECONDS."""
        self._hours = Hours.parse(settings.hours)

    def __enter__(self) -> Self:
        """Opens the camera, if these are its hours."""
        if self._are_hours(at_once=True):
            self._enter()
        return self

    def __exit__(self, *error: object) -> None:
        if self._frames is not None:
            self.camera.__exit__(*error)

    def __iter__(self) -> Iterator[Frame]:
        while self._wait():
            for frame in self._open():
                yield frame
                if not self._are_hours():
                    break
            else:
                return

    def describe(self) -> str:
        return self._closed_until() if self._frames is None else self.camera.describe()

    def lost(self) -> str:
        return self.camera.lost()

    def _wait(self) -> bool:
        """Until the hours begin; returns False where it is to stop."""
        while not self._are_hours(at_once=True):
            self._close()
            for rest in self._resting:
                rest(self._closed_until())
            until = time.monotonic() + CHECK_SECONDS
            while time.monotonic() < until:
                if self._stopped():
                    return False
                time.sleep(_STOP_SECONDS)
        return not self._stopped()

    def _open(self) -> Iterator[Frame]:
        if self._frames is None:
            self._say(f"open: {self._enter()}")
        elif self._paused:
            self._paused = False
            self.camera.resume()
            self._say(f"open: {self.describe()}")
        assert self._frames is not None
        return self._frames

    def _enter(self) -> str:
        self.camera.__enter__()
        self._frames = iter(self.camera)
        return self.describe()

    def _close(self) -> None:
        if self._frames is not None and not self._paused:
            self._paused = True
            self.camera.pause()
            self._say(self._closed_until())

    def _say(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    def _are_hours(self, at_once: bool = False) -> bool:
        now = time.monotonic()
        if at_once or now >= self._look_at:
            self._look_at = now + CHECK_SECONDS
            self._in_hours = self._hours.hold(self._now())
        return self._in_hours

    def _closed_until(self) -> str:
        return f"closed until {self._hours.begin(self._now())}"
