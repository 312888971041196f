"""The whole picture, searched for new faces: a band of sizes at a time, so that no frame bears the cost of all."""

import math
from collections.abc import Iterable

import numpy as np

from device.contract import Box
from device.faces.haar import WIDEST, Haar
from device.faces.local_search import Pyramid
from device.settings.settings import Settings

# How finely one search of all sizes looks, and those after it in turn: how many pixels a band's smallest face has at
# least in the picture that is searched, and the factor from one size to the next. What this finds is only proposed, and
# a search near it decides. So two of three are coarse, which find a clear face at half the cost; the third is fine, for
# a face in sunglasses or one that tilts.
_GRAINS = ((24, 1.15), (24, 1.15), (48, 1.2))
_NEIGHBOURS = 1  # overlapping hits that make a proposal
# Sizes are searched in bands, each of which begins at this multiple of the smallest face. Small faces have many places,
# so the first band costs most.
_BANDS = (1.0, 1.4, 2.4)
_COVERED = 0.8  # of the side of a known face: there is no other one, and nowhere is searching dearer
_GREY = 128  # with which known faces are painted over


class FullSearch:
    """Proposes boxes, and says by the clock of the frames when it is time.

    Args:
        settings: smallest_face; scan_seconds, from one search of every size to the next.
    """

    def __init__(self, haar: Haar, settings: Settings):
        self._haar, self._settings = haar, settings
        self._band = 0  # to be searched next
        self._round = 0  # how often all bands have been searched
        self._hurried = 0  # bands that are to be searched at once
        self._next: float | None = None  # seconds of the frames, when the next band is due; None for all of it at once

    def adopt(self, settings: Settings) -> None:
        self._settings = settings

    def hurry(self) -> None:
        """A face was lost: search every size in the next frames."""
        self._hurried = len(_BANDS)

    def restart(self) -> None:
        """Another picture than before: search all of it in the next frame."""
        self._next = None

    def propose(self, pyramid: Pyramid, time: float, known: Iterable[Box]) -> list[Box]:
        """Boxes that may be faces, in pixels of the frame; none where no search is due.

        Args:
            time: of the frame, seconds.
            known: where faces are, pixels of the frame.
        """
        pause = self._settings.scan_seconds / len(_BANDS)
        if self._next is None:
            self._next, self._hurried = time + pause, 0
            return self._search_all(pyramid)
        if self._hurried and time < self._next:
            # It comes instead of a band that would be due later. However often it hurries, the next search is never
            # further away than the setting says.
            self._hurried -= 1
            self._next = min(self._next + pause, time + self._settings.scan_seconds)
            return self._search_band(pyramid, known)
        # Where frames are far apart, several bands are due in one of them.
        due = min(len(_BANDS), math.floor((time - self._next) / pause) + 1)
        if due < 1:
            return []
        self._hurried = max(0, self._hurried - due)
        self._next = max(self._next, time - self._settings.scan_seconds) + due * pause
        return [box for _ in range(due) for box in self._search_band(pyramid, known)]

    def _search_all(self, pyramid: Pyramid) -> list[Box]:
        picture, reduction = pyramid.within(WIDEST)
        found = self._haar.search(picture, self._settings.smallest_face / reduction, max(picture.shape), _NEIGHBOURS)
        return [Box(*(side * reduction for side in box)) for box, _ in found]

    def _search_band(self, pyramid: Pyramid, known: Iterable[Box]) -> list[Box]:
        least, step = _GRAINS[self._round % len(_GRAINS)]
        last = self._band + 1 == len(_BANDS)
        low = self._settings.smallest_face * _BANDS[self._band]
        picture, reduction = pyramid.level(low, least)
        high = max(pyramid.whole.shape) if last else self._settings.smallest_face * _BANDS[self._band + 1]
        open_places = _cover(picture, known, reduction)
        found = self._haar.search(open_places, low / reduction, high / reduction, _NEIGHBOURS, step)
        self._band += 1
        if last:
            self._band, self._round = 0, self._round + 1
        return [Box(*(side * reduction for side in box)) for box, _ in found]


def _cover(picture: np.ndarray, known: Iterable[Box], reduction: int) -> np.ndarray:
    """A copy in which known faces are plain."""
    covered = picture.copy()
    for box in known:
        edge = (1 - _COVERED) / 2
        left, top = max(0, int(box.x + edge * box.width)), max(0, int(box.y + edge * box.height))
        right, bottom = max(0, int(box.x + (1 - edge) * box.width)), max(0, int(box.y + (1 - edge) * box.height))
        covered[top // reduction : bottom // reduction, left // reduction : right // reduction] = _GREY
    return covered
