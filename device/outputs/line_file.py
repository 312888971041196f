"""Lines in a file that goes on for months: bounded, rotated, whole after a kill, and no reason to end the kiosk."""

import errno
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

from device.errors import OutputError
from device.settings.settings import Settings

RETRY_SECONDS = 30.0  # from a failure to the next attempt
_MEGABYTE = 1_000_000
_TAIL = 1_000_000  # bytes, longer than any line of ours
_START = b'{"frame": '  # of each line of ours
_FULL = (errno.ENOSPC, errno.EDQUOT)


class EventFile:
    """Lines appended to PATH. When it is full it becomes PATH.1, which becomes PATH.2, and so on.

    Each line is one write, and a file gets its new name in one step: a kill costs the line at hand, whose half the next
    start removes. A disk that is full or fails costs one line on stderr, and an attempt every RETRY_SECONDS
    from then on; meanwhile lines are left out and counted.

    Args:
        settings: events_megabytes and events_files are its bounds.

    Raises:
        OutputError: on entering, the file cannot be written for another reason than a full disk.
    """

    def __init__(self, path: Path, settings: Settings):
        self.path = path.resolve()
        self.take(settings)
        self._file: int | None = None
        self._size = self._left_out = 0
        self._attempt_at = 0.0
        self._told = False

    def take(self, settings: Settings) -> None:
        """Other bounds, from the next line on."""
        self._bytes, self._files = settings.events_megabytes * _MEGABYTE, settings.events_files

    def __enter__(self) -> Self:
        try:
            self._open()
        except OSError as error:
            if error.errno not in _FULL:
                raise OutputError(f"{self.path}: cannot be written ({error.strerror})") from error
            self._fail(error)
        return self

    def __exit__(self, *error: object) -> None:
        self._close()

    def append(self, line: bytes) -> None:
        """Write one line, which ends with a newline. Never raises."""
        if self._file is None and time.monotonic() < self._attempt_at:
            self._left_out += 1
            return
        try:
            if self._file is None:
                self._open()
            if self._size and self._size + len(line) > self._bytes:
                self._rotate()
            self._write(line)
        except OSError as error:
            self._left_out += 1
            self._fail(error)
        else:
            if self._told:
                self._say(f"is written again; {self._left_out} events were left out")
                self._told, self._left_out = False, 0

    def _open(self) -> None:
        self._file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
        self._size = os.fstat(self._file).st_size
        tail = os.pread(self._file, _TAIL, max(0, self._size - _TAIL))
        torn = tail[tail.rfind(b"\n") + 1 :]
        if torn.startswith(_START) or _START.startswith(torn.rstrip(b"\0")):  # a power cut may leave zeros
            self._size -= len(torn)
            os.ftruncate(self._file, self._size)
        else:
            self._write(b"\n")  # somebody else's last line, which is none of ours to remove

    def _write(self, line: bytes) -> None:
        assert self._file is not None
        written = os.write(self._file, line)
        if written < len(line):
            os.ftruncate(self._file, self._size)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._size += written

    def _rotate(self) -> None:
        self._close()
        for number in range(self._files - 1, 0, -1):
            with suppress(FileNotFoundError):
                self._numbered(number - 1).replace(self._numbered(number))
        number = self._files
        while self._numbered(number).exists():  # more were kept before
            self._numbered(number).unlink()
            number += 1
        self._open()

    def _numbered(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}") if number else self.path

    def _close(self) -> None:
        if self._file is not None:
            with suppress(OSError):
                os.close(self._file)
            self._file = None

    def _fail(self, error: OSError) -> None:
        self._close()
        self._attempt_at = time.monotonic() + RETRY_SECONDS
        if not self._told:
            self._told = True
            self._say(
                f"cannot be written ({error.strerror}); reading goes on without it, next attempts every "
                f"{RETRY_SECONDS:.0f} seconds"
            )

    def _say(self, text: str) -> None:
        print(f"warning: events {self.path}: {text}", file=sys.stderr, flush=True)
