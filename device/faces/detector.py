"""Faces in one grey picture: all of it for a photo; for a camera, near each known face, and a share of the rest."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from device.contract import Box
from device.faces.full_search import FullSearch
from device.faces.haar import KNOWER, WIDEST, Haar, Sighting
from device.faces.local_search import GLANCE, THOROUGH, Pyramid, search_near
from device.net.crop import resize
from device.settings.settings import Settings

# Of a face that is known to be there less is asked than of a new one. A glance with the second cascade gives a clear
# face 5 neighbours or more; where it gives fewer, a thorough search with the first one decides.
_KNOWN_NEIGHBOURS = 3
_GLANCE_NEIGHBOURS = 4
_GLANCE_REACH, _NEW_REACH = 0.15, 0.25  # see search_near


class Expected(NamedTuple):
    """A face that is looked for where it should be by now."""

    box: Box
    reach: float  # how far it may be from there (see search_near)
    glance: bool  # it was there a moment ago, so that a quick search comes first


class Detector:
    """Finds faces with two cascades, as cheaply as what is known allows.

    Args:
        settings: smallest_face, in a photo that is wider than WIDEST in pixels of one that is not; face_neighbours;
            scan_seconds.

    Raises:
        UsageError: the cascade is not installed; the line says how to get it.
    """

    def __init__(self, settings: Settings):
        self._haar, self._knower = Haar(), Haar(KNOWER)
        self.full_search = FullSearch(self._haar, settings)
        self._settings = settings

    def adopt(self, settings: Settings) -> None:
        self._settings = settings
        self.full_search.adopt(settings)

    def find(self, grey: np.ndarray) -> list[Box]:
        """All of a photo: boxes in pixels of `grey` (uint8 [H, W]), largest first."""
        factor = max(1.0, max(grey.shape) / WIDEST)
        reduced = resize(grey, *(max(1, round(side / factor)) for side in grey.shape))
        smallest, neighbours = self._settings.smallest_face, self._settings.face_neighbours
        found = self._haar.search(reduced, smallest, max(reduced.shape), neighbours)
        boxes = [Box(*(round(side * factor) for side in box)) for box, _ in found]
        return sorted(boxes, key=lambda box: (-box.area, box))

    def search(
        self, grey: np.ndarray, time: float, expected: Iterable[Expected], standing: Sequence[Box] = ()
    ) -> list[Sighting]:
        """A frame of a camera or recording: near each expected face, and a share of the whole where one is due.

        Args:
            time: of the frame, seconds.
            standing: where faces are that are not looked for in this frame.

        Returns:
            one sighting per face, in pixels of `grey` (uint8 [H, W]).
        """
        pyramid = Pyramid(grey)
        known = [self._search_known(pyramid, face) for face in expected]
        seen = _distinct([sighting for sighting in known if sighting])
        for box in self.full_search.propose(pyramid, time, [*standing, *(sighting.box for sighting in seen)]):
            if not any(_same(box, other) for other in (*standing, *(sighting.box for sighting in seen))):
                sighting = search_near(self._haar, pyramid, box, self._new_neighbours, _NEW_REACH, THOROUGH)
                seen = _distinct([*seen, sighting]) if sighting else seen
        return seen

    @property
    def _new_neighbours(self) -> int:
        """Less than for a photo, because a camera's face must be seen again until it is sure (see Tracker)."""
        return max(1, self._settings.face_neighbours - 2)

    def _search_known(self, pyramid: Pyramid, face: Expected) -> Sighting | None:
        if face.glance:
            seen = search_near(self._knower, pyramid, face.box, _GLANCE_NEIGHBOURS, _GLANCE_REACH, GLANCE)
            if seen:
                return seen
        return search_near(self._haar, pyramid, face.box, _KNOWN_NEIGHBOURS, face.reach, THOROUGH)


def _distinct(sightings: list[Sighting]) -> list[Sighting]:
    """One sighting per place, that with the most neighbours."""
    kept: list[Sighting] = []
    for sighting in sorted(sightings, key=lambda s: (-s.neighbours, s.box)):
        if not any(_same(sighting.box, other.box) for other in kept):
            kept.append(sighting)
    return kept


def _same(one: Box, other: Box) -> bool:
    """Whether two boxes are of one face: no two faces have their centres closer than half of the larger one."""
    x = one.x + one.width / 2 - other.x - other.width / 2
    y = one.y + one.height / 2 - other.y - other.height / 2
    return max(abs(x), abs(y)) < max(one.width, other.width) / 2
