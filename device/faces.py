"""Faces in a grey image: OpenCV's Haar cascade (Viola & Jones 2001)."""

from pathlib import Path

import cv2
import numpy as np

from device.contract import Box
from device.errors import UsageError
from device.preprocess import resize

# A larger picture is reduced to this many pixels before it is scanned: a photo of 12 megapixels would take seconds,
# and its faces are large.
WIDEST = 1280
CASCADE = "haarcascade_frontalface_default.xml"
# Where Debian's opencv-data puts it; apt's cv2 has no cv2.data.
_APT_FOLDERS = (Path("/usr/share/opencv4/haarcascades"), Path("/usr/share/opencv/haarcascades"))


class FaceDetector:
    """Full scans with the frontal face cascade, which is loaded once.

    Args:
        smallest: shortest side of a face that is looked for, pixels of a picture up to WIDEST.
        neighbours: how many overlapping hits make a face; more means fewer false faces.

    Raises:
        UsageError: the cascade is not installed; the line says how to get it.
    """

    def __init__(self, smallest: int = 48, neighbours: int = 5):
        self.smallest, self.neighbours = smallest, neighbours
        self._cascade = cv2.CascadeClassifier(str(_cascade_file()))

    def find(self, grey: np.ndarray) -> list[Box]:
        """Boxes in pixels of `grey` (uint8 [H, W]), largest first."""
        factor = max(1.0, max(grey.shape) / WIDEST)
        reduced = resize(grey, *(max(1, round(side / factor)) for side in grey.shape))
        found = self._cascade.detectMultiScale(
            reduced, scaleFactor=1.1, minNeighbors=self.neighbours, minSize=(self.smallest, self.smallest)
        )
        boxes = [Box(*(round(side * factor) for side in rectangle)) for rectangle in found]
        return sorted(boxes, key=lambda box: (-box.area, box))


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
