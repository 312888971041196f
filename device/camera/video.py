"""Videos and GIFs, through OpenCV's FFmpeg."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import cv2

from device.camera.playback import Played, play
from device.contract import Frame
from device.errors import DataError
from device.process.stop import NEVER, Stop

VIDEO_SUFFIXES = {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".wmv", ".3gp", ".gif"}

_ERRORS_ONLY = 2  # of OpenCV's log levels

# Containers promise a few frames more than even a whole file gives (cut points, rounded durations).
_FEW = 3


class Video(Played):
    """Every frame of a video in order, with its presentation time.

    Frames that cannot be decoded are left out and counted; a file that ends early gives what it has.

    Raises:
        DataError: on entering, not a video or without one readable frame.
    """

    def __init__(self, path: Path, pace: str = "max", loop: bool = False, stop: Stop = NEVER):
        self.path, self.realtime, self.loop, self._stop = path, pace == "realtime", loop, stop
        self.frames_per_second = 0.0
        self._lost: str = ""

    def __enter__(self) -> Self:
        self._open()
        return self

    def __exit__(self, *error: object) -> None:
        self._video.release()

    def __iter__(self) -> Iterator[Frame]:
        return play(self.path.name, self._frames, 1 / self.frames_per_second, self.realtime, self.loop, self._stop)

    def describe(self) -> str:
        return f"{self.path.name}: {self._width}x{self._height}, {self.frames_per_second:.4g} frames a second"

    def lost(self) -> str:
        return self._lost

    def _open(self) -> None:
        hush_opencv()
        self._video = cv2.VideoCapture(str(self.path.absolute()), cv2.CAP_FFMPEG)
        self._width = int(self._video.get(cv2.CAP_PROP_FRAME_WIDTH))
        self._height = int(self._video.get(cv2.CAP_PROP_FRAME_HEIGHT))
        if not self._video.isOpened() or not self._width:
            raise DataError(f"{self.path}: cannot be opened as a video (cut off before its index, or another format)")
        rate = self._video.get(cv2.CAP_PROP_FPS)
        self.frames_per_second = rate if 0.1 <= rate <= 1000 else 30.0

    def _frames(self) -> Iterator[tuple[float, "cv2.typing.MatLike"]]:
        """(seconds from the first frame, image) of each frame."""
        promised = self._video.get(cv2.CAP_PROP_FRAME_COUNT)
        first: float | None = None
        last, count, gap = -1.0, 0, False
        while True:
            good, image = self._video.read()
            if not good:
                break
            stamp = self._video.get(cv2.CAP_PROP_POS_MSEC) / 1000
            first = stamp if first is None else first
            # A file without presentation times gets the nominal rate.
            second = stamp - first if stamp - first > last else last + 1 / self.frames_per_second
            gap = gap or (count > 0 and second - last > 1.5 / self.frames_per_second)
            last, count = second, count + 1
            yield second, image
        if count == 0:
            raise DataError(f"{self.path}: holds no readable frame")
        missing = int(promised) - count
        if missing > _FEW or (missing > 0 and gap):
            self._lost = (
                f"{self.path.name}: {missing} of {int(promised)} frames were broken or missing; the rest was read"
            )
        if self.loop:
            self._open()


def hush_opencv() -> None:
    """Damaged frames are counted here; FFmpeg's and OpenCV's own complaints would go to stderr beside that."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # read when the first video is opened
    if hasattr(cv2, "setLogLevel"):
        cv2.setLogLevel(_ERRORS_ONLY)
    else:  # since OpenCV 4.12
        cv2.utils.logging.setLogLevel(_ERRORS_ONLY)
