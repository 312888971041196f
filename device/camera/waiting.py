"""What a service does while its camera is away: says why, looks for it, and starts afresh once it is back."""

import sys
import time
from collections.abc import Callable, Iterator
from typing import Self

from device.camera.attempt import Attempt
from device.camera.camera import Camera
from device.contract import Frame, Moment, Pause
from device.errors import HardwareError
from device.settings.settings import Settings

# A process that fails for its camera's sake lives so long at least. Each end counts as a start in systemd's limit for
# crashes, five in two minutes; so a camera that comes and goes never uses that up.
LEAST_LIFE_SECONDS = 30.0
_FIRST_PAUSE_SECONDS = 1.0  # before the second attempt; doubled from one attempt to the next
_PAUSE_SECONDS = 0.2  # from one pause to the next: how long a stop may go unnoticed


class Waiting:
    """Frames of a camera; where it fails, pauses that say why, until frames can be had again or settings are renewed.

    Then the end of the process and a new start follow, because a driver that failed may have kept anything. Where its
    thread still hangs, it holds the camera as well: then nobody can look for it, and the new start is the attempt.

    Args:
        camera: not yet entered.
        settings: by which the camera is looked for.
        born: when this process began, monotonic seconds.
        renewed: whether there are other settings now that can be used; asked while it waits.

    Raises:
        HardwareError: at the end of the wait; it says what has ended it.
    """

    def __init__(self, camera: Camera, settings: Settings, born: float, renewed: Callable[[], bool]):
        self._camera, self._settings, self._born, self._renewed = camera, settings, born, renewed
        self._failure: HardwareError | None = None
        self._attempt: Attempt | None = None

    def __enter__(self) -> Self:
        try:
            self._camera.__enter__()
        except HardwareError as error:
            self._fail(error)
        return self

    def __exit__(self, *error: object) -> None:
        self._end_attempt()
        if self._failure is None:
            self._camera.__exit__(*error)

    def __iter__(self) -> Iterator[Moment]:
        yield from self._frames()
        if self._failure is not None:
            yield from self._wait(self._failure)

    def pause(self) -> None:
        """Outside the hours nobody looks for the camera either."""
        self._end_attempt()
        if self._failure is None:
            self._camera.pause()

    def resume(self) -> None:
        if self._failure is None:
            try:
                self._camera.resume()
            except HardwareError as error:
                self._lose(error)

    def describe(self) -> str:
        """Empty while it is waited for."""
        return self._camera.describe() if self._failure is None else ""

    def _frames(self) -> Iterator[Frame]:
        frames = iter(self._camera)
        while self._failure is None:
            try:
                frame = next(frames, None)
            except HardwareError as error:
                self._lose(error)
                return
            if frame is None:
                return
            yield frame

    def _lose(self, error: HardwareError) -> None:
        """A camera that was open has failed."""
        self._camera.__exit__(type(error), error, error.__traceback__)
        self._fail(error)

    def _fail(self, error: HardwareError) -> None:
        self._failure = error
        print(f"error: {error}; waiting", file=sys.stderr, flush=True)

    def _wait(self, failure: HardwareError) -> Iterator[Pause]:
        since = time.monotonic()
        reason, pause_seconds, attempt_at = str(failure), _FIRST_PAUSE_SECONDS, since
        end = "its driver still hangs" if self._camera.hangs else ""  # what a new start is to follow for
        while True:
            now = time.monotonic()
            if self._renewed():
                end = "the settings have changed"
            if end and now - self._born >= LEAST_LIFE_SECONDS:
                raise HardwareError(f"starting afresh after {now - since:.0f} seconds: {end}") from failure
            if not end and self._attempt is None and now >= attempt_at:
                self._attempt, attempt_at = Attempt(self._settings), now + pause_seconds
                pause_seconds = min(2 * pause_seconds, self._settings.retry_seconds)
            if self._attempt is not None and (outcome := self._attempt.outcome()) is not None:
                self._end_attempt()
                if outcome:
                    reason = outcome
                else:
                    end = end or "the camera gives frames"
            yield Pause("waiting", reason)
            time.sleep(_PAUSE_SECONDS)

    def _end_attempt(self) -> None:
        if self._attempt is not None:
            self._attempt.end()
            self._attempt = None
