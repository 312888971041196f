"""Faces in grey frames: full scans of a still; of a camera, rare scans and a look around each known face."""

from collections.abc import Iterable, Sequence

import numpy as np

from device.contract import Box
from device.faces.full_search import Scan
from device.faces.haar import KNOWER, WIDEST, Haar, Sighting
from device.faces.local_search import GLANCE, Pyramid, look
from device.faces.scene_change import SceneCut
from device.net.crop import resize

__all__ = ["GLANCE_REACH", "WIDEST", "FaceDetector", "SceneCut", "Sighting"]

# Of a face that is known to be there less is asked than of a new one. A glance with the second cascade gives a clear
# face 5 neighbours or more; where it gives fewer, a thorough look with the first one decides.
_KNOWN_NEIGHBOURS = 3
_GLANCE_NEIGHBOURS = 4
GLANCE_REACH, _LOOK_REACH = 0.15, 0.25  # see look


class FaceDetector:
    """Finds faces with two cascades, as cheaply as what is known allows.

    Args:
        smallest: shortest side of a face that is looked for, pixels; of a wider still, pixels of one of WIDEST.
        neighbours: how many overlapping hits make a new face; more means fewer false faces.
        scan_seconds: from one scan of the whole picture to the next.

    Raises:
        UsageError: the cascade is not installed; the line says how to get it.
    """

    def __init__(self, smallest: int = 48, neighbours: int = 5, scan_seconds: float = 0.5):
        self._haar, self._knower = Haar(), Haar(KNOWER)
        self.scan = Scan(self._haar, smallest, scan_seconds)
        self.tune(smallest, neighbours, scan_seconds)

    def tune(self, smallest: int, neighbours: int, scan_seconds: float) -> None:
        """Take other values from the next frame on."""
        self.smallest, self.neighbours = smallest, neighbours
        # Of a camera less is asked at first, because a face must be seen again until it is sure (see Tracker).
        self._least = max(1, neighbours - 2)
        self.scan.smallest, self.scan.seconds = smallest, scan_seconds

    def find(self, grey: np.ndarray) -> list[Box]:
        """A full scan: boxes in pixels of `grey` (uint8 [H, W]), largest first."""
        factor = max(1.0, max(grey.shape) / WIDEST)
        reduced = resize(grey, *(max(1, round(side / factor)) for side in grey.shape))
        found = self._haar.search(reduced, self.smallest, max(reduced.shape), self.neighbours)
        boxes = [Box(*(round(side * factor) for side in box)) for box, _ in found]
        return sorted(boxes, key=lambda box: (-box.area, box))

    def follow(
        self, grey: np.ndarray, time: float, known: Iterable[tuple[Box, float]], standing: Sequence[Box] = ()
    ) -> list[Sighting]:
        """A frame of a camera or recording: a look around each known face, and a share of a scan where one is due.

        Args:
            time: of the frame, seconds.
            known: (where a known face should be by now, its reach: see look), of the faces to look for.
            standing: where faces are that are not to be looked for in this frame.

        Returns:
            one sighting per face, in pixels of `grey` (uint8 [H, W]).
        """
        pyramid = Pyramid(grey)
        looks = [self._known(pyramid, box, reach) for box, reach in known]
        seen = _distinct([sighting for sighting in looks if sighting])
        for box in self.scan.propose(pyramid, time, [*standing, *(sighting.box for sighting in seen)]):
            if not any(_same(box, other) for other in (*standing, *(sighting.box for sighting in seen))):
                sighting = look(self._haar, pyramid, box, self._least)
                seen = _distinct([*seen, sighting]) if sighting else seen
        return seen

    def _known(self, pyramid: Pyramid, box: Box, reach: float) -> Sighting | None:
        if reach <= GLANCE_REACH:
            glance = look(self._knower, pyramid, box, _GLANCE_NEIGHBOURS, reach, GLANCE)
            if glance:
                return glance
        return look(self._haar, pyramid, box, _KNOWN_NEIGHBOURS, max(reach, _LOOK_REACH))


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
