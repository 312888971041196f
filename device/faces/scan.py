"""The whole picture, searched for new faces: a band of sizes at a time, so that no frame bears the cost of all."""

import cv2
import numpy as np

from device.contract import Box
from device.faces.haar import Haar

# A scan only proposes; a look decides. So it may be coarse, and the next one looks at the sizes between. On group
# photos this brings 99.2 of 100 of the naive loop's faces, as a full scan would at half as much again; a scan at 0.7
# and 1.2 brings 98.2.
_REDUCTIONS = (0.85, 0.8)
_STEP = 1.15
_NEIGHBOURS = 1
# Smallest sides of the bands, in smallest faces. Each costs about a third: small faces have many places.
_BANDS = (1.0, 1.4, 2.4)


class Scan:
    """Proposes boxes, and says by the clock of the frames when it is time.

    Args:
        smallest: side of the smallest face that is looked for, pixels.
        seconds: from one scan of every size to the next.
    """

    def __init__(self, haar: Haar, smallest: int, seconds: float):
        self._haar, self.smallest, self.seconds = haar, smallest, seconds
        self._band = self._cycle = self._hurried = 0
        self._next: float | None = None

    def hurry(self) -> None:
        """A face was lost: search every size in the next frames."""
        self._hurried = len(_BANDS)

    def restart(self) -> None:
        """Another picture than before: search it at once and thoroughly."""
        self._next = None

    def propose(self, grey: np.ndarray, time: float) -> list[Box]:
        """Boxes that may be faces, in pixels of `grey` (uint8 [H, W]); none where no scan is due."""
        pause = self.seconds / len(_BANDS)
        if self._next is None or time > self._next + self.seconds:
            # The first frame, or the first after a long gap.
            self._next, self._hurried = time + pause, 0
            return [box for box, _ in self._haar.search(grey, self.smallest, max(grey.shape), 3)]
        if not self._hurried and time < self._next:
            return []
        self._hurried = max(0, self._hurried - 1)
        self._next = max(self._next, time - pause) + pause
        return self._search_band(grey)

    def _search_band(self, grey: np.ndarray) -> list[Box]:
        reduction = _REDUCTIONS[self._cycle % len(_REDUCTIONS)]
        low = self.smallest * _BANDS[self._band]
        last = self._band + 1 == len(_BANDS)
        high = max(grey.shape) if last else self.smallest * _BANDS[self._band + 1]
        size = (round(grey.shape[1] * reduction), round(grey.shape[0] * reduction))
        reduced = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
        found = self._haar.search(reduced, low * reduction, high * reduction, _NEIGHBOURS, _STEP)
        self._band = 0 if last else self._band + 1
        self._cycle += last
        return [Box(*(round(side / reduction) for side in box)) for box, _ in found]
