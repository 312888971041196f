"""Videos and GIFs, through OpenCV's FFmpeg."""

from collections.abc import Iterator
from pathlib import Path
from typing import Self

import cv2

from device.camera import wholeness
from device.camera.playback import Played, play
from device.contract import Frame
from device.errors import DataError
from device.process.quiet import quiet_opencv
from device.process.safe_names import opencv_name, shown
from device.process.stop import NEVER, Stop

# Containers promise a few frames more than even a whole file gives (cut points, rounded durations).
_FEW = 3
# How much a pixel's sides may differ: what is less is a rounding and not worth its cost, what is more is a mistake.
_LEAST_SQUEEZE, _MOST_SQUEEZE = 1.01, 4.0


class Video(Played):
    """Every frame of a video in order, with its presentation time, its pixels square.

    Frames that cannot be decoded are left out; a file that ends early gives what it has.

    Raises:
        DataError: on entering, not a video, not to be read, or without one readable frame.
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
        size = f"{self._size[0]}x{self._size[1]}"
        return f"{shown(self.path.name)}: {size}, {self.frames_per_second:.4g} frames a second"

    def lost(self) -> str:
        return self._lost

    def _open(self) -> None:
        quiet_opencv()
        self._head = self._beginning()
        with opencv_name(self.path) as name:
            self._video = cv2.VideoCapture(name, cv2.CAP_FFMPEG)
        width = int(self._video.get(cv2.CAP_PROP_FRAME_WIDTH))
        height = int(self._video.get(cv2.CAP_PROP_FRAME_HEIGHT))
        if not self._video.isOpened() or not width:
            reason = "cut off before its index" if wholeness.counts_frames(self._head) else "damaged, or no video"
            raise DataError(f"{self.path}: cannot be opened as a video ({reason}): copy it again")
        rate = self._video.get(cv2.CAP_PROP_FPS)
        self.frames_per_second = rate if 0.1 <= rate <= 1000 else 30.0
        self._stored, self._size = (width, height), self._square((width, height))

    def _beginning(self) -> bytes:
        """The file's first bytes; nothing of a pipe, which gives them once. Where it cannot be read, the reason."""
        if not self.path.is_file():
            return b""
        try:
            with self.path.open("rb") as file:
                head = file.read(8)
        except OSError as error:
            raise DataError(f"{self.path}: cannot be read ({error.strerror})") from error
        if not head:
            raise DataError(f"{self.path}: is empty")
        return head

    def _square(self, stored: tuple[int, int]) -> tuple[int, int]:
        """(width, height) with square pixels: television and old cameras store them narrow or wide."""
        wide, high = self._video.get(cv2.CAP_PROP_SAR_NUM), self._video.get(cv2.CAP_PROP_SAR_DEN)
        if wide <= 0 or high <= 0:
            return stored
        if self._video.get(cv2.CAP_PROP_ORIENTATION_META) % 180:  # they are turned with the picture
            wide, high = high, wide
        squeeze = wide / high
        if not _LEAST_SQUEEZE <= max(squeeze, 1 / squeeze) <= _MOST_SQUEEZE:
            return stored
        # The shorter side grows, so that nothing is lost.
        width, height = stored
        return (round(width * squeeze), height) if squeeze > 1 else (width, round(height / squeeze))

    def _frames(self) -> Iterator[tuple[float, "cv2.typing.MatLike"]]:
        """(seconds from the first frame, image) of each frame."""
        promised = self._video.get(cv2.CAP_PROP_FRAME_COUNT)
        first: float | None = None
        last, count, skipped = -1.0, 0, 0
        while True:
            good, image = self._video.read()
            if not good:
                break
            stamp = self._video.get(cv2.CAP_PROP_POS_MSEC) / 1000
            first = stamp if first is None else first
            # A file without presentation times gets the nominal rate.
            second = stamp - first if stamp - first > last else last + 1 / self.frames_per_second
            skipped += max(0, round((second - last) * self.frames_per_second) - 1) if count else 0
            last, count = second, count + 1
            if self._size != self._stored:
                image = cv2.resize(image, self._size, interpolation=cv2.INTER_LINEAR)
            yield second, image
        if count == 0:
            raise DataError(f"{self.path}: holds no readable frame")
        self._lost = self._loss(int(promised), count, skipped)
        if self.loop:
            self._open()

    def _loss(self, promised: int, count: int, skipped: int) -> str:
        """What was lost, where that can be seen: in the file, or because each frame that is missing left its gap.

        Args:
            promised: frames that the container speaks of.
            count: frames that were read.
            skipped: frames that would fill the gaps between these.
        """
        missing = promised - count
        if missing <= 0:
            return ""
        flaw = wholeness.flaw_of(self.path)
        gaps = wholeness.counts_frames(self._head) and skipped > 0 and abs(skipped - missing) <= _FEW
        if not flaw and not gaps:
            return ""
        because = f" ({flaw})" if flaw else ""
        lost = f"{missing} of {promised} frames were broken or missing{because}"
        return f"{shown(self.path.name)}: {lost}; the rest was read"
