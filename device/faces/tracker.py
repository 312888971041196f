"""Which face is which from frame to frame, where it should be next, and whether it is a face at all."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from device.contract import Box
from device.faces.detector import GLANCE_REACH, Sighting
from device.faces.steady_box import SteadyBox

# In sides of the face: it may be off its predicted place by this much, and by more the longer it was lost.
_GATE = 0.6
_GATE_PER_SECOND = 1.0
_LOST_COST_PER_SECOND = 0.5  # of two faces that a sighting could be, the one seen last is likelier
# Evidence that a place holds a face, in neighbours: summed over looks, less what each look costs that sees nothing. So
# a face that is seen faintly in nearly every look stays, and what looks like one now and then does not.
_SURE = 15  # makes a face: a clear one has it at once, a doubtful one after three sightings
_MOST = 30
_LEAST = -10  # it is none, or none any more
_MISS = 8
_LOOK_SLACK = 0.003  # seconds by which a frame's stamp may be early


@dataclass
class Track:
    """One face over time."""

    id: int  # 0 until it was once sure to be a face
    box: Box  # as last seen, raw
    seen: float  # seconds
    evidence: int = 0  # from _LEAST to _MOST
    sure: bool = False  # that it is a face
    steady: SteadyBox = field(default_factory=SteadyBox)
    misses: int = 0  # looks in a row that did not see it

    def predicted(self, time: float) -> Box:
        """Where it should be, at its velocity."""
        x, y = (speed * (time - self.seen) for speed in self.steady.velocity)
        return Box(round(self.box.x + x), round(self.box.y + y), self.box.width, self.box.height)


class Tracker:
    """Greedy matching of sightings to predicted places, cheapest pair first.

    With the handful of faces before a kiosk, the cheapest pair first differs from the optimal assignment only where
    two faces are within each other's gate, and there the cheapest pair is the one to trust most.

    Args:
        memory: seconds for which a lost face keeps its number.
        hold: seconds for which it is still shown where it was last seen.
        look_seconds: from one look around a face to the next.
    """

    def __init__(self, memory: float = 1.0, hold: float = 0.3, look_seconds: float = 0.06):
        self.memory, self.hold, self.look_seconds = memory, hold, look_seconds
        self._tracks: list[Track] = []
        self._next = 1
        self._looked = -math.inf  # seconds

    def due(self, time: float) -> list[Track]:
        """The faces to be looked for in the frame at `time` (seconds): all at once, so that a place is one face's."""
        if time - self._looked < self.look_seconds - _LOOK_SLACK:
            return []
        self._looked = time
        return list(self._tracks)

    def standing(self, time: float) -> list[Box]:
        """Where every face should be at `time`, seconds."""
        return [track.predicted(time) for track in self._tracks]

    def update(self, sightings: Iterable[Sighting], due: list[Track], time: float) -> bool:
        """Take what was seen at `time` (seconds), where `due` were looked for; returns whether a face was just lost."""
        left = list(sightings)
        pairs = sorted(
            (cost, number, place)
            for number, track in enumerate(self._tracks)
            for place, sighting in enumerate(left)
            if (cost := _cost(track, sighting.box, time)) is not None
        )
        matched: dict[int, int] = {}
        for _, number, place in pairs:
            if number not in matched and place not in matched.values():
                matched[number] = place
                self._see(self._tracks[number], left[place], time)
        just_lost = False
        for number, track in enumerate(self._tracks):
            if number not in matched and track in due:
                just_lost = just_lost or (track.sure and not track.misses)
                track.misses += 1
                track.evidence = max(_LEAST, track.evidence - _MISS)
                track.sure = track.sure and track.evidence > _LEAST
        self._tracks = [track for track in self._tracks if self._remembered(track, time)]
        for place, sighting in enumerate(left):
            if place not in matched.values():
                track = Track(0, sighting.box, time)
                self._see(track, sighting, time)
                self._tracks.append(track)
        return just_lost

    def shown(self, time: float) -> list[tuple[int, Box]]:
        """(number, steady box) of each face that was seen within `hold`, largest first."""
        faces = [(t.id, t.steady.box) for t in self._tracks if t.sure and time - t.seen <= self.hold + 1e-6]
        return sorted(faces, key=lambda face: (-face[1].area, face[0]))

    def missed(self) -> set[int]:
        """Numbers of faces that the last look did not see; a frontal cascade loses a face that turns away."""
        return {track.id for track in self._tracks if track.sure and track.misses}

    def known(self) -> set[int]:
        """Numbers that may still come back."""
        return {track.id for track in self._tracks if track.id}

    def forget(self) -> None:
        """The picture is another one: who was there is not there any more."""
        self._tracks = []

    def _see(self, track: Track, sighting: Sighting, time: float) -> None:
        track.steady.update(sighting.box, time)
        track.box, track.seen, track.misses = sighting.box, time, 0
        track.evidence = min(_MOST, track.evidence + sighting.neighbours)
        if track.evidence >= _SURE:
            track.sure = True
            if not track.id:
                track.id, self._next = self._next, self._next + 1

    def _remembered(self, track: Track, time: float) -> bool:
        return time - track.seen <= self.memory if track.id else track.evidence > _LEAST


def reach(track: Track, time: float) -> float:
    """How far from its predicted place to look for a face, in its sides: further the longer it was lost."""
    lost = time - track.seen
    return GLANCE_REACH if track.sure and not track.misses else min(0.6, 0.25 + 0.5 * lost)


def _cost(track: Track, box: Box, time: float) -> float | None:
    """How badly a sighting fits a face: distance and change of size; None where it cannot be that face."""
    expected, lost = track.predicted(time), time - track.seen
    x = expected.x + expected.width / 2 - box.x - box.width / 2
    y = expected.y + expected.height / 2 - box.y - box.height / 2
    side = max(expected.width, box.width)
    cost = math.hypot(x, y) / side + abs(math.log(box.width / expected.width))
    if cost > _GATE + _GATE_PER_SECOND * lost:
        return None
    return cost + _LOST_COST_PER_SECOND * lost
