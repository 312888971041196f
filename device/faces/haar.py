"""OpenCV's Haar cascades of frontal faces (Viola & Jones 2001), loaded once."""

from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from device.contract import Box
from device.errors import UsageError
from device.process.safe_names import opencv_name


class Cascade(NamedTuple):
    """A file that OpenCV brings, and what its boxes are multiplied by to be of one size with the others'."""

    file: str
    growth: float


# The first finds more faces, and more that are none. The second is half as dear where a face is, and tells them apart:
# a clear face has 9 to 60 neighbours there too, but what only looks like one to the first has 0 to 8.
FINDER = Cascade("haarcascade_frontalface_default.xml", 1.0)
KNOWER = Cascade("haarcascade_frontalface_alt2.xml", 1.05)

# A larger picture is reduced to this many pixels before all of it is searched: one of 12 megapixels would take seconds,
# and its faces are large.
WIDEST = 1280

# Where Debian's opencv-data puts it; apt's cv2 has no cv2.data.
_APT_FOLDERS = (Path("/usr/share/opencv4/haarcascades"), Path("/usr/share/opencv/haarcascades"))


class Sighting(NamedTuple):
    """A box in which the cascade sees a face."""

    box: Box
    neighbours: int  # overlapping hits behind it: a clear face has 20 to 80, a false one seldom more than 9


class Haar:
    """A cascade behind one call.

    Raises:
        UsageError: the cascade is not installed; the line says how to get it.
    """

    def __init__(self, cascade: Cascade = FINDER) -> None:
        with opencv_name(_cascade_file(cascade.file)) as name:
            self._cascade, self._growth = cv2.CascadeClassifier(name), cascade.growth

    def search(
        self, grey: np.ndarray, smallest: float, largest: float, neighbours: int, step: float = 1.1
    ) -> list[Sighting]:
        """Every face in `grey` (uint8 [H, W]) whose side is from `smallest` to `largest`, in its pixels.

        Args:
            neighbours: overlapping hits that make a face, 1 or more.
            step: factor from one looked-for size to the next.
        """
        boxes, counts = self._cascade.detectMultiScale2(
            grey,
            scaleFactor=step,
            minNeighbors=neighbours,
            minSize=(max(1, round(smallest / self._growth)),) * 2,
            maxSize=(max(1, round(largest / self._growth)),) * 2,
        )
        return [Sighting(self._grown(*map(int, box)), int(count)) for box, count in zip(boxes, counts, strict=True)]

    def _grown(self, x: int, y: int, width: int, height: int) -> Box:
        side = round(width * self._growth)
        return Box(x - (side - width) // 2, y - (side - height) // 2, side, side)


def _cascade_file(name: str) -> Path:
    if not hasattr(cv2, "CascadeClassifier"):
        raise UsageError(f"OpenCV {cv2.__version__} has no cascades: pip install 'opencv-python-headless<5'")
    wheel = getattr(getattr(cv2, "data", None), "haarcascades", None)
    folders = ([Path(wheel)] if wheel else []) + list(_APT_FOLDERS)
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    raise UsageError(f"{name} is not installed: sudo apt install opencv-data (or pip install opencv-python-headless)")
