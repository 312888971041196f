"""Lines in a file that goes on for months: bounded, rotated, whole after a kill, and no reason to end the kiosk."""

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import Self

from device.errors import OutputError
from device.process.retry import Retry

_MEGABYTE = 1_000_000
_TAIL = 1_000_000  # bytes, longer than any line of ours
# The disk's own trouble, which may pass. Others (no folder, no right) are of the settings, and end the start.
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)


class LineFile:
    """Lines appended to PATH. When it is full it becomes PATH.1, which becomes PATH.2, and so on.

    Each line is one write, and a file gets its new name in one step: a kill costs the line at hand, whose half the next
    start removes. A disk that is full or fails costs one line on stderr, and an attempt now and then (see Retry);
    meanwhile lines are left out and counted.

    Args:
        what: what the lines are, for messages.
        start: how each of them begins; a torn last line that does not is somebody else's.
        megabytes, files: see bound.

    Raises:
        OutputError: on entering, the file cannot be written for another reason than the disk's own.
    """

    def __init__(self, what: str, path: Path, start: bytes, megabytes: float, files: int):
        self.path = path.resolve()
        self._what, self._start = what, start
        self._retry = Retry(f"{what} {self.path}")
        self._file: int | None = None
        self._size = self._left_out = 0
        self.bound(megabytes, files)

    def bound(self, megabytes: float, files: int) -> None:
        """How large the file may grow, in 10^6 bytes, and how many are kept, itself among them."""
        self._bytes, self._files = megabytes * _MEGABYTE, files

    def __enter__(self) -> Self:
        try:
            self._open()
        except OSError as error:
            if error.errno not in _DISK:
                raise OutputError(f"{self.path}: cannot be written ({error.strerror})") from error
            self._fail(error)
        return self

    def __exit__(self, *error: object) -> None:
        self._close()

    def append(self, line: bytes) -> None:
        """Write one line, which ends with a newline. Never raises."""
        if self._file is None and not self._retry.is_due:
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
            self._retry.recover(f"is written again; {self._left_out} {self._what} were left out")
            self._left_out = 0

    def _open(self) -> None:
        self._file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
        self._size = os.fstat(self._file).st_size
        tail = os.pread(self._file, _TAIL, max(0, self._size - _TAIL))
        torn = tail[tail.rfind(b"\n") + 1 :]
        if torn.startswith(self._start) or self._start.startswith(torn.rstrip(b"\0")):  # a power cut may leave zeros
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
        self._retry.fail(f"cannot be written ({error.strerror})")
