"""Native libraries greet on stderr while they load, past every log setting; errors should stand there alone."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_SILENT = 0  # of OpenCV's log levels


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Drop what is written to file descriptor 2 meanwhile. Python's exceptions are not touched."""
    sys.stderr.flush()
    kept = os.dup(2)
    # No temporary file: a kiosk starts on a disk that is full or read-only too.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def quiet_opencv() -> None:
    """OpenCV's and FFmpeg's own complaints of damaged files would stand on stderr beside what is said here of them."""
    import cv2  # not above: this room is also that of commands which need no OpenCV

    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # read when the first video is opened
    if hasattr(cv2, "setLogLevel"):
        cv2.setLogLevel(_SILENT)
    else:  # since OpenCV 4.12
        cv2.utils.logging.setLogLevel(_SILENT)
