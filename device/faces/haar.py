"""OpenCV's Haar cascade of frontal faces (Viola & Jones 2001), loaded once."""

from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from device.contract import Box
from device.errors import UsageError

CASCADE = "haarcascade_frontalface_default.xml"
# Where Debian's opencv-data puts it; apt's cv2 has no cv2.data.
_APT_FOLDERS = (Path("/usr/share/opencv4/haarcascades"), Path("/usr/share/opencv/haarcascades"))


class Sighting(NamedTuple):
    """A box in which the cascade sees a face."""

    box: Box
    neighbours: int  # overlapping hits behind it: a clear face has 20 to 80, a false one seldom more than 9


class Haar:
    """The cascade behind one call.

    Raises:
        UsageError: the cascade is not installed; the line says how to get it.
    """

    def __init__(self) -> None:
        self._cascade = cv2.CascadeClassifier(str(_cascade_file()))

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
            minSize=(max(1, round(smallest)),) * 2,
            maxSize=(max(1, round(largest)),) * 2,
        )
        return [Sighting(Box(*map(int, box)), int(count)) for box, count in zip(boxes, counts, strict=True)]


def _cascade_file() -> Path:
    if not hasattr(cv2, "CascadeClassifier"):
        raise UsageError(f"OpenCV {cv2.__version__} has no cascades: pip install 'opencv-python-headless<5'")
    wheel = getattr(getattr(cv2, "data", None), "haarcascades", None)
    folders = ([Path(wheel)] if wheel else []) + list(_APT_FOLDERS)
    for folder in folders:
        if (folder / CASCADE).is_file():
            return folder / CASCADE
    raise UsageError(
        f"{CASCADE} is not installed: sudo apt install opencv-data (or pip install opencv-python-headless)"
    )
