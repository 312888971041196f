"""Lines into a pipe that somebody may read: stdout or a FIFO. Nothing waits for a reader unless it may."""

import errno
import os
import select
import stat
import sys
from pathlib import Path

from device.errors import OutputError
from device.process.stop import LOOK_SECONDS, Stop

_AT_ONCE = select.PIPE_BUF  # bytes that a pipe with any room takes without waiting


def is_pipe(name: str) -> bool:
    """Whether an output's name is stdout, or something that is no plain file."""
    path = Path(name)
    return name == "-" or (path.exists() and not path.is_file())


class LinePipe:
    """Whole lines to stdout (`-`) or into a FIFO, which has to have a reader.

    Raises:
        OutputError: on making or writing, nobody reads the FIFO.
        BrokenPipeError: on writing, nobody reads stdout any more.
        OSError: any other reason.
    """

    def __init__(self, name: str):
        self.name = name
        self._left = b""  # of a line, what the pipe had no room for
        if name == "-":
            sys.stdout.flush()
            self._file = os.dup(sys.stdout.fileno())
            return
        try:
            # A FIFO is opened at once or not at all: without a reader the call would wait for one.
            self._file = os.open(name, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            if error.errno == errno.ENXIO:
                raise OutputError(f"{name}: nobody reads it; start its reader first") from error
            raise OutputError(f"{name}: cannot be written ({error.strerror})") from error

    def offer(self, line: bytes) -> bool:
        """Write a line if there is room for it now; returns whether there was."""
        self._left = self._push(self._left)
        if self._left:
            return False
        left = self._push(line)
        if left == line:
            return False
        self._left = left
        return True

    def write(self, line: bytes, stop: Stop) -> None:
        """Write a line, and wait for room until the work is to end."""
        self._left += line
        while self._left and not stop.is_set():
            self._left = self._push(self._left, LOOK_SECONDS)

    def close(self) -> None:
        os.close(self._file)

    def _push(self, content: bytes, seconds: float = 0.0) -> bytes:
        """What is left of it once the pipe is full; `seconds` to wait for the first room."""
        while content and self._has_room(seconds):
            try:
                content = content[os.write(self._file, content[:_AT_ONCE]) :]
            except BlockingIOError:
                break
            except BrokenPipeError as error:
                if self.name == "-":
                    raise
                raise OutputError(f"{self.name}: its reader is gone") from error
        return content

    def _has_room(self, seconds: float) -> bool:
        if stat.S_ISREG(os.fstat(self._file).st_mode):
            return True
        return bool(select.select([], [self._file], [], seconds)[1])
