"""Per face: steady scores, a label with hysteresis, or "unsure"."""

import math
from dataclasses import dataclass

import numpy as np


@dataclass
class _Steady:
    scores: np.ndarray  # float64 [labels], smoothed
    time: float  # seconds, of the last update
    label: int | None = None


class Smoother:
    """Exponential smoothing in time, so that the frame rate does not change the reading.

    Args:
        seconds: time constant; a sudden change has gone 63 % of its way after it.
        margin: by how much another label must lead the shown one before it takes over, probability.
        sure: confidence from which on a label is shown, probability; it is given up `margin` below that, and then
            the face is unsure.
    """

    def __init__(self, seconds: float = 0.25, margin: float = 0.2, sure: float = 0.4):
        self.seconds, self.margin, self.sure = seconds, margin, sure
        self._faces: dict[int, _Steady] = {}

    def update(self, face: int, scores: np.ndarray, time: float) -> None:
        """Take a face's `scores` (float64 [labels]) of the frame at `time`, seconds."""
        known = self._faces.get(face)
        if known is None:
            known = self._faces[face] = _Steady(scores, time)
        else:
            keep = math.exp(-(time - known.time) / self.seconds)
            known.scores, known.time = keep * known.scores + (1 - keep) * scores, time
        known.label = self._label(known)

    def reading(self, face: int) -> tuple[int | None, float]:
        """(index of the steady label or None while unsure, confidence of the leading smoothed label).

        Raises:
            KeyError: no scores were taken of this face.
        """
        known = self._faces[face]
        return known.label, float(known.scores.max())

    def keep_only(self, faces: set[int]) -> None:
        """Forget the others, so that nothing grows."""
        self._faces = {face: known for face, known in self._faces.items() if face in faces}

    def _label(self, known: _Steady) -> int | None:
        leading, shown = int(known.scores.argmax()), known.label
        # A label that stands is given up later than it is taken up, so that it does not come and go.
        if shown is not None and known.scores[shown] < self.sure - self.margin:
            shown = None
        least = self.sure if shown is None else max(self.sure, known.scores[shown] + self.margin)
        return leading if known.scores[leading] >= least else shown
