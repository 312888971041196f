"""SIGTERM and Ctrl-C end the work after the frame at hand, so that files are closed and whole."""

import signal


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
