"""Which face is which from frame to frame."""

from dataclasses import dataclass

from device.contract import Box


@dataclass
class _Track:
    id: int
    box: Box
    seen: float  # seconds, when it was last found


class Tracker:
    """Greedy matching by overlap. A face keeps its number over `memory` seconds without being found.

    What it holds is bounded by the faces of the last `memory` seconds.
    """

    def __init__(self, memory: float = 1.0, least_overlap: float = 0.3):
        self.memory, self.least_overlap = memory, least_overlap
        self._tracks: list[_Track] = []
        self._next = 1

    def update(self, boxes: list[Box], time: float) -> list[int]:
        """The identity of each box, in their order; `time` in seconds."""
        self._tracks = [track for track in self._tracks if time - track.seen <= self.memory]
        pairs = sorted(
            ((track.box.overlap(box), -track.id, place) for track in self._tracks for place, box in enumerate(boxes)),
            reverse=True,
        )
        tracks = {track.id: track for track in self._tracks}
        ids: dict[int, int] = {}
        for overlap, negative_id, place in pairs:
            if overlap < self.least_overlap:
                break
            if place not in ids and -negative_id in tracks:
                track = tracks.pop(-negative_id)
                track.box, track.seen = boxes[place], time
                ids[place] = track.id
        for place, box in enumerate(boxes):
            if place not in ids:
                ids[place] = self._next
                self._tracks.append(_Track(self._next, box, time))
                self._next += 1
        return [ids[place] for place in range(len(boxes))]

    def known(self) -> set[int]:
        """Identities that may still come back."""
        return {track.id for track in self._tracks}
