"""An annotated video of what the kiosk saw."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self

import cv2
import numpy as np

from device.contract import Frame, Output, Reading
from device.drawing.fitting import annotate
from device.errors import OutputError
from device.process.output_paths import check_target
from device.process.quiet import quiet_stderr
from device.process.safe_names import opencv_name, shown

# What OpenCV's FFmpeg can write everywhere. MPEG-4 part 2 is quick, and players play it; browsers do not. VP8 plays
# in both, and VP9 would even in an .mp4; what they cost stands in docs/measurements.md. Only apt's OpenCV has H.264.
_CODECS = {".mp4": "mp4v", ".webm": "VP80"}
_LONGEST_SECONDS = 10.0  # that one picture stays
_SLACK = 0.75  # of a frame by which one may be early or late: a camera's times are not even
_HIGHEST_RATE = 60.0  # frames a second; MPEG-4 has no clock for 211.222, and nobody sees more
_LARGEST = 4096  # pixels, the longer side; MPEG-4 ends at 8191
_SMALLEST = 16  # pixels, a macroblock: thinner pictures make the encoder write past its buffers
_PHOTO_SIZE = (1280, 960)  # of photos, each of which may have another size
_TRIED_BYTES = 1_000_000  # more than what a full disk has left in corners


class VideoFile(Output):
    """Writes FILE.mp4 or FILE.webm; it stands under its name once it is whole.

    The first frame gives the size, within bounds; pictures of other sizes are fitted into it. It lasts as long as what
    was seen: a picture stays until the next one comes, at most ten seconds, and where they come faster than the video's
    rate some are left out.

    Args:
        camera_rate: gives the frames a second of the camera, once there is a frame.

    Raises:
        OutputError: the file cannot be written.
    """

    def __init__(self, path: Path, camera_rate: Callable[[], float]):
        self.path, self._camera_rate = path.absolute(), camera_rate
        self._partial = self.path.with_name(f".{shown(path.stem)}.partial{path.suffix}")
        self._writer: cv2.VideoWriter | None = None
        self._written = 0  # frames
        self._covered = 0.0  # up to which time of the frames the video goes, seconds

    def __enter__(self) -> Self:
        check_target(self.path)
        self._reserve()
        return self

    def show(self, frame: Frame, reading: Reading) -> None:
        if self._writer is None:
            self._begin(frame)
        else:
            self._wait_until(frame.time)
        picture = annotate(frame.image, reading, self._size)
        self._last = picture
        if self._covered - frame.time <= _SLACK / self._rate:
            self._write(picture)

    def __exit__(self, *error: object) -> None:
        if self._writer is None:
            self._partial.unlink(missing_ok=True)
            return
        self._writer.release()
        self._writer = None
        # OpenCV does not say when a write fails, as on a full disk; what can be read of the result does.
        with opencv_name(self._partial) as name:
            result = cv2.VideoCapture(name, cv2.CAP_FFMPEG)
        whole = result.isOpened() and result.read()[0] and result.get(cv2.CAP_PROP_FRAME_COUNT) >= self._written - 1
        result.release()
        if not whole:
            self._give_up(f"could not be written: {self._why_not()}")
        try:
            self._partial.chmod(0o666 & ~_umask())
            self._partial.replace(self.path)
        except OSError as failure:
            self._give_up(f"could not be written ({failure.strerror})")

    def _reserve(self) -> None:
        """Make the file that is written first: nobody else's to read, because it shows people."""
        try:
            self._partial.unlink(missing_ok=True)
            os.close(os.open(self._partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except OSError as failure:
            raise OutputError(f"{self.path}: cannot be written ({failure.strerror})") from failure

    def _begin(self, frame: Frame) -> None:
        self._rate = min(self._camera_rate(), _HIGHEST_RATE)
        self._size = _PHOTO_SIZE if frame.still else _size_of(frame.image)
        codec = cv2.VideoWriter.fourcc(*_CODECS[self.path.suffix.lower()])
        # OpenCV does not know that VP8 belongs into .webm, and says so.
        with opencv_name(self._partial) as name, quiet_stderr():
            self._writer = cv2.VideoWriter(name, cv2.CAP_FFMPEG, codec, self._rate, self._size)
        if not self._writer.isOpened():
            self._writer = None
            self._give_up(f"cannot be written: {self._why_not()}")
        self._written, self._covered = 0, frame.time

    def _wait_until(self, time: float) -> None:
        """The last picture stays, where frames were left out or came slowly."""
        self._covered = min(max(self._covered, time - _LONGEST_SECONDS), time + _LONGEST_SECONDS)
        while time - self._covered > _SLACK / self._rate:
            self._write(self._last)

    def _write(self, picture: np.ndarray) -> None:
        assert self._writer is not None
        self._writer.write(picture)
        self._written += 1
        self._covered += 1 / self._rate

    def _why_not(self) -> str:
        try:  # FFmpeg keeps the reason to itself; the same file tells it again
            with self._partial.open("ab") as file:
                file.write(bytes(_TRIED_BYTES))
        except OSError as failure:
            return str(failure.strerror)
        width, height = self._size
        return f"OpenCV's encoder fails at {width}x{height}, {self._rate:.4g} frames a second"

    def _give_up(self, reason: str) -> None:
        with suppress(OSError):
            self._partial.unlink(missing_ok=True)
        former = "; what stands there is of a former run" if self.path.exists() else ""
        raise OutputError(f"{self.path}: {reason}{former}")


def _size_of(image: np.ndarray) -> tuple[int, int]:
    """(width, height) of a video of such pictures: even, as encoders want it, and within bounds."""
    height, width = image.shape[:2]
    factor = min(1.0, _LARGEST / max(width, height))
    return max(_SMALLEST, int(width * factor) // 2 * 2), max(_SMALLEST, int(height * factor) // 2 * 2)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
