"""How far long work has come, and how long it will take."""

import sys
import time
from collections.abc import Iterable, Iterator
from typing import Self, TextIO, TypeVar

_EVERY_SECONDS = 0.2
_WIDTH = 30  # characters

T = TypeVar("T")


class Bar:
    """A bar on a terminal, gone at the end; nothing where stderr goes into a file.

    Args:
        total: how many steps there are.
        out: where it is drawn.
    """

    def __init__(self, total: int, out: TextIO = sys.stderr):
        self.total, self._out = total, out
        self._done, self._draw_at = 0, 0.0
        self._started = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._out.isatty():
            print("\r\033[K", end="", file=self._out, flush=True)

    def over(self, steps: Iterable[T]) -> Iterator[T]:
        """The steps, each counted once the next is asked for."""
        for step in steps:
            yield step
            self._done += 1
            self._draw(time.monotonic())

    def _draw(self, now: float) -> None:
        if now < self._draw_at or not self._out.isatty():
            return
        self._draw_at = now + _EVERY_SECONDS
        left = (now - self._started) / self._done * (self.total - self._done)
        bar = "#" * round(_WIDTH * self._done / self.total)
        text = f"[{bar:.<{_WIDTH}}] {self._done} of {self.total}, {left:.0f} s left"
        print(f"\r{text}\033[K", end="", file=self._out, flush=True)
