"""A search in a small window around where a face should be, in a narrow range of sizes."""

import cv2
import numpy as np

from device.contract import Box
from device.faces.haar import Haar, Sighting

# The cascade steps by one pixel, not two, where it shrinks the picture twofold or more; its own window is 24 pixels.
# A face of this size or more is found as surely as in the full picture.
_SIDE = 48


class Pyramid:
    """One frame and its halvings, made when first asked for; a search picks the one in which the face is small."""

    def __init__(self, grey: np.ndarray):
        self._levels = [grey]

    def level(self, side: float) -> tuple[np.ndarray, int]:
        """(picture uint8 [H, W], its reduction) in which a face of `side` pixels is 48 to 96 pixels large."""
        number = 0
        while side / 2 ** (number + 1) >= _SIDE and min(self._levels[number].shape) >= 2 * _SIDE:
            number += 1
            if number == len(self._levels):
                above = self._levels[-1]
                half = (above.shape[1] // 2, above.shape[0] // 2)
                self._levels.append(cv2.resize(above, half, interpolation=cv2.INTER_AREA))
        return self._levels[number], 2**number


def look(haar: Haar, pyramid: Pyramid, box: Box, neighbours: int, reach: float = 0.25) -> Sighting | None:
    """The face at `box`, with the most neighbours where there are several; None where none is seen.

    Args:
        reach: how far it may have moved, and by which share its size may have changed; shares of the box's side.
    """
    side = max(box.width, box.height)
    picture, reduction = pyramid.level(side * (1 - reach / 2))
    margin = reach * side
    left, top = max(0, int((box.x - margin) / reduction)), max(0, int((box.y - margin) / reduction))
    right = int((box.x + box.width + margin) / reduction) + 1
    bottom = int((box.y + box.height + margin) / reduction) + 1
    window = picture[top:bottom, left:right]
    if min(window.shape) < 24:
        return None
    near = side / reduction
    # One size more at either end: a hit gathers its neighbours from the sizes beside its own.
    seen = haar.search(window, near / (1.1 + reach), near * (1.1 + reach), neighbours)
    if not seen:
        return None
    (x, y, width, height), count = max(seen, key=lambda sighting: (sighting.neighbours, sighting.box))
    place = Box((x + left) * reduction, (y + top) * reduction, width * reduction, height * reduction)
    return Sighting(place, count)
