"""SIGTERM and Ctrl-C end the work after the frame at hand, so that files are closed and whole."""

import signal
import time
from typing import Protocol

LOOK_SECONDS = 0.1  # how long a wait may go on once it is asked to end


class Stop(Protocol):
    """Whether the work is to end; whatever waits looks at it every LOOK_SECONDS."""

    def is_set(self) -> bool: ...


class _Never:
    def is_set(self) -> bool:
        return False


NEVER: Stop = _Never()  # of who may be ended by a signal at any time


class StopOnSignal:
    """Takes both signals over from when it is made."""

    def __init__(self) -> None:
        self._set = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)

    def _stop(self, number: int, frame: object) -> None:
        if self._set and number == signal.SIGINT:
            raise KeyboardInterrupt  # asked twice: do not wait for a frame
        self._set = True

    def ask(self) -> None:
        """End the work, as when a window is closed."""
        self._set = True

    def is_set(self) -> bool:
        return self._set


def sleep(seconds: float, stop: Stop) -> None:
    """Wait so long, or until the work is to end: Python's own sleep goes on after a signal."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0 and not stop.is_set():
        time.sleep(min(left, LOOK_SECONDS))
