"""A search in a small window around where a face should be, in a narrow range of sizes."""

import cv2
import numpy as np

from device.contract import Box
from device.faces.haar import Haar, Sighting

# Sides of a face at which it is searched, pixels (or up to twice that). The finder's own window is 24 pixels, the
# knower's 20, and they step by one pixel, not two, where they shrink the picture twofold or more: from THOROUGH on a
# face is found as surely as in the full picture. A glance is enough for a face that was there a moment ago.
GLANCE, THOROUGH = 28, 48
_LEAST = 96  # shorter side of a picture that is halved, pixels


class Pyramid:
    """One frame and its halvings, made when first asked for; a search picks the one in which the face is small."""

    def __init__(self, grey: np.ndarray):
        self._levels = [grey]

    @property
    def whole(self) -> np.ndarray:
        return self._levels[0]

    def level(self, side: float, small: int) -> tuple[np.ndarray, int]:
        """(picture uint8 [H, W], its reduction) in which a face of `side` pixels has `small` to 2 `small` pixels."""
        number = 0
        while side / 2 ** (number + 1) >= small and min(self._level(number).shape) >= _LEAST:
            number += 1
        return self._level(number), 2**number

    def within(self, widest: int) -> tuple[np.ndarray, int]:
        """(picture uint8 [H, W] of at most `widest` pixels a side, its reduction)."""
        number = 0
        while max(self._level(number).shape) > widest and min(self._level(number).shape) >= _LEAST:
            number += 1
        return self._level(number), 2**number

    def _level(self, number: int) -> np.ndarray:
        while number >= len(self._levels):
            above = self._levels[-1]
            half = (above.shape[1] // 2, above.shape[0] // 2)
            self._levels.append(cv2.resize(above, half, interpolation=cv2.INTER_AREA))
        return self._levels[number]


def search_near(haar: Haar, pyramid: Pyramid, box: Box, neighbours: int, reach: float, small: int) -> Sighting | None:
    """The face at `box`, with the most neighbours where there are several; None where none is seen.

    Args:
        reach: how far it may have moved, and by which share its size may have changed; shares of the box's side.
        small: GLANCE or THOROUGH.
    """
    side = max(box.width, box.height)
    picture, reduction = pyramid.level(side * (1 - reach / 2), small)
    margin = reach * side
    left, top = max(0, int((box.x - margin) / reduction)), max(0, int((box.y - margin) / reduction))
    # Of a face that has left to the left or above nothing is there; a slice would take the rest of the picture.
    right = max(0, int((box.x + box.width + margin) / reduction) + 1)
    bottom = max(0, int((box.y + box.height + margin) / reduction) + 1)
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
