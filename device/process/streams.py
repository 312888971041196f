"""stdin, stdout and stderr as a command may find them: closed, in an encoding without our letters, on a full disk."""

import io
import os
import sys
from contextlib import suppress
from typing import TextIO

_closed: set[int] = set()  # those of the three that were closed when this process began


def prepare() -> None:
    """Make the three streams fit for use; to be called before anything is opened.

    One that is closed leads nowhere from now on; without that, the next file that is opened would get its number, and
    what is printed. What stdout's encoding does not have is written as `\\xfc`. And what stderr cannot take is lost:
    a log that is full or gone is no reason to end.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            _closed.add(number)
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free, so this one
            os.set_inheritable(number, True)
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115, for the whole process
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    if sys.stderr is sys.__stderr__ and isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr = _Log(sys.stderr.buffer, sys.stderr.encoding, "backslashreplace", line_buffering=True)


def stdout_is_closed() -> bool:
    """Whether nobody can get what is printed, because the command was begun without stdout."""
    return 1 in _closed


class _Log(io.TextIOWrapper):
    """A stream that drops what cannot be written."""

    def write(self, text: str) -> int:
        with suppress(OSError):
            return super().write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            super().flush()


def _nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, for the whole process
