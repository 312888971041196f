"""Which face is which from frame to frame, where it should be next, and whether it is a face at all."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from device.contract import Box
from device.faces.detector import Expected
from device.faces.haar import Sighting
from device.faces.steady_box import SteadyBox
from device.settings.settings import Settings

# In sides of the face: it may be off its predicted place by this much, and by more the longer it was lost.
_GATE = 0.6
_GATE_PER_SECOND = 1.0
_LOST_COST_PER_SECOND = 0.5  # of two faces that a sighting could be, the one seen last is likelier
# How far from its predicted place a face is looked for, in its sides: further the longer it was lost.
_REACH, _REACH_PER_SECOND, _FURTHEST = 0.25, 0.5, 0.6
# Evidence that a place holds a face, in neighbours: summed over looks, less what each look costs that sees nothing. So
# a face that is seen faintly in nearly every look stays, and what looks like one now and then does not.
_SURE = 15  # makes a face: a clear one has it at once, a doubtful one after three sightings
_MOST = 30
_LEAST = -10  # it is none, or none any more
_MISS = 8
_EARLY_SECONDS = 0.003  # seconds by which a frame's stamp may be early


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

    def expected(self, time: float) -> Expected:
        """Where to look for it."""
        if self.sure and not self.misses:
            return Expected(self.predicted(time), _REACH, glance=True)
        reach = min(_FURTHEST, _REACH + _REACH_PER_SECOND * (time - self.seen))
        return Expected(self.predicted(time), reach, glance=False)


class Tracker:
    """Greedy matching of sightings to predicted places, cheapest pair first.

    With the handful of faces before a kiosk, the cheapest pair first differs from the optimal assignment only where
    two faces are within each other's gate, and there the cheapest pair is the one to trust most.

    Args:
        settings: face_memory_seconds, hold_seconds, look_seconds.
    """

    def __init__(self, settings: Settings):
        self._settings = settings
        self._tracks: list[Track] = []
        self._next = 1
        self._looked = -math.inf  # seconds

    def adopt(self, settings: Settings) -> None:
        self._settings = settings

    def due(self, time: float) -> list[Track]:
        """The faces to be looked for in the frame at `time` (seconds): all at once, so that a place is one face's."""
        if time - self._looked < self._settings.look_seconds - _EARLY_SECONDS:
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
        """(number, steady box) of each face that was seen within hold_seconds, largest first."""
        hold = self._settings.hold_seconds + 1e-6
        faces = [(t.id, t.steady.box) for t in self._tracks if t.sure and time - t.seen <= hold]
        return sorted(faces, key=lambda face: (-face[1].area, face[0]))

    def missed(self) -> set[int]:
        """Numbers of faces that the last look did not see; a frontal cascade loses a face that turns away."""
        return {track.id for track in self._tracks if track.sure and track.misses}

    def refuse(self, number: int) -> None:
        """What was seen of a face, by its number, was none: to be shown again it has to be seen as a new one is."""
        for track in self._tracks:
            if track.id == number:
                track.evidence, track.sure = _LEAST, False

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
        return time - track.seen <= self._settings.face_memory_seconds if track.id else track.evidence > _LEAST


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
