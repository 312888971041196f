"""An annotated video of what the kiosk saw."""

from collections.abc import Callable
from pathlib import Path
from typing import Self

import cv2
import numpy as np

from device.contract import Frame, Output, Reading
from device.drawing.fitting import fit
from device.drawing.overlay import draw
from device.errors import OutputError
from device.process.output_paths import check_target
from device.process.safe_names import opencv_name, shown

_LONGEST_SECONDS = 1.0  # that one picture stays
_SLACK = 0.75  # of a frame by which one may be late without the last one standing in: a camera's times are not even


class VideoFile(Output):
    """Writes FILE.mp4; it stands under its name once it is whole.

    The first frame gives the size; pictures of other sizes are fitted into it. It lasts as long as what was seen: a
    picture stays until the next one comes, at most a second.

    Args:
        camera_rate: gives the frames a second of the camera, once there is a frame.

    Raises:
        OutputError: the file cannot be written.
    """

    def __init__(self, path: Path, camera_rate: Callable[[], float]):
        self.path, self._camera_rate = path.absolute(), camera_rate
        self._partial = self.path.with_name(f".{shown(path.stem)}.partial.mp4")
        self._writer: cv2.VideoWriter | None = None
        self._covered = 0.0  # up to which time of the frames the video goes, seconds

    def __enter__(self) -> Self:
        check_target(self.path)
        return self

    def show(self, frame: Frame, reading: Reading) -> None:
        picture = draw(frame.image, reading)
        if self._writer is None:
            self._rate = self._camera_rate()
            height, width = picture.shape[:2]
            # Even sizes, and no less than a macroblock: a thinner picture makes the encoder write past its buffers.
            self._size = (max(16, width // 2 * 2), max(16, height // 2 * 2))
            codec = cv2.VideoWriter.fourcc(*"mp4v")
            with opencv_name(self._partial) as name:
                self._writer = cv2.VideoWriter(name, codec, self._rate, self._size)
            if not self._writer.isOpened():
                raise OutputError(f"{self.path}: cannot be written (no space, no permission?)")
            self._covered = frame.time
        else:
            self._wait_until(frame.time)
        self._write(fit(picture, self._size))

    def _wait_until(self, time: float) -> None:
        """The last picture stays, where frames were left out or came slowly."""
        self._covered = min(max(self._covered, time - _LONGEST_SECONDS), time + _LONGEST_SECONDS)
        while time - self._covered > _SLACK / self._rate:
            self._write(self._last)

    def _write(self, picture: np.ndarray) -> None:
        assert self._writer is not None
        self._writer.write(picture)
        self._last = picture
        self._covered += 1 / self._rate

    def __exit__(self, *error: object) -> None:
        if self._writer is None:
            return
        self._writer.release()
        # OpenCV does not say when a write fails, as on a full disk; an unreadable result does.
        with opencv_name(self._partial) as name:
            written = cv2.VideoCapture(name)
        whole = written.isOpened() and written.read()[0]
        written.release()
        if whole:
            self._partial.replace(self.path)
        else:
            self._partial.unlink(missing_ok=True)
            raise OutputError(f"{self.path}: could not be written (is the disk full?)")
