"""Why a face is hard to read; the one place for it."""

from dataclasses import dataclass

import cv2
import numpy as np

from device.contract import Box

TURNED, CLOSE = "turned away", "close scores"

# Where the bundled model, which levels its crops, has lost about a tenth of the faces it reads
# (python -m benchmarks.limits).
DARK = 12.0  # grey levels
SMALL = 24  # pixels
BLURRED = 0.13  # of sharpness: clear real faces have 0.48 to 0.92


@dataclass(frozen=True)
class Quality:
    """Measures of a face's crop, as the net sees it."""

    brightness: float  # mean, grey levels
    sharpness: float  # standard deviation of the Laplacian over that of the pixels; does not depend on the light
    side: int  # of the box in the camera's image, pixels

    def flaw(self) -> str | None:
        """Why it is hard to read, or None."""
        if self.brightness < DARK:
            return "too dark"
        if self.side < SMALL:
            return "too small"
        if self.sharpness < BLURRED:
            return "blurred"
        return None


def measure(crop: np.ndarray, box: Box) -> Quality:
    """Of `crop` (uint8 [H, W], see crop.prepare), cut out around `box`."""
    mean, deviation = (float(value[0, 0]) for value in cv2.meanStdDev(crop))
    edges = float(cv2.meanStdDev(cv2.Laplacian(crop, cv2.CV_32F))[1][0, 0])
    return Quality(mean, edges / max(deviation, 1.0), max(box.width, box.height))
