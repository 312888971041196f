"""What may fail without ending the run: a line when it does, another attempt now and then, a line when it is back."""

import sys
import time
from collections.abc import Callable

from device.process.safe_names import shown

SECONDS = 30.0  # from a failure to the next attempt


class Retry:
    """Keeps count of one part's failures.

    Args:
        name: of the part, at the head of its lines on stderr.
        clock: seconds that never go back.
    """

    def __init__(self, name: str, clock: Callable[[], float] = time.monotonic):
        self._name, self._clock = name, clock
        self._attempt_at = 0.0
        self._told = False

    @property
    def is_due(self) -> bool:
        """Whether it may be tried now."""
        return self._clock() >= self._attempt_at

    @property
    def has_failed(self) -> bool:
        """Whether the last that was said is that it failed."""
        return self._told

    def fail(self, reason: str) -> None:
        """It failed: a line, if it worked before, and the next attempt after SECONDS."""
        self._attempt_at = self._clock() + SECONDS
        if not self._told:
            self._told = True
            self._say(f"{reason}; reading goes on without it, next attempts every {SECONDS:.0f} seconds")

    def recover(self, text: str) -> None:
        """It works: a line, if it had failed."""
        if self._told:
            self._told = False
            self._say(text)

    def _say(self, text: str) -> None:
        print(shown(f"warning: {self._name}: {text}"), file=sys.stderr, flush=True)
