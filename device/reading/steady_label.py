"""One person's scores, smoothed in time, and the label that stands: with hysteresis, so that it does not flicker."""

import math

import numpy as np


class SteadyLabel:
    """Exponential smoothing in time, so that the frame rate does not change the reading."""

    def __init__(self) -> None:
        self._scores: np.ndarray | None = None  # float64 [labels], smoothed
        self._time = 0.0  # seconds, of the last update
        self.label: int | None = None  # index of the label that stands; None while unsure

    @property
    def confidence(self) -> float:
        """Of the leading label, 0 to 1; there must have been an update."""
        assert self._scores is not None
        return float(self._scores.max())

    def update(self, scores: np.ndarray, time: float, seconds: float, margin: float, sure: float) -> None:
        """Take the scores (float64 [labels]) of the frame at `time`, seconds.

        Args:
            seconds: time constant; a sudden change has gone 63 % of its way after it.
            margin: by how much another label must lead the shown one before it takes over, probability.
            sure: confidence from which on a label is shown, probability; it is given up `margin` below that.
        """
        if self._scores is None:
            self._scores = scores
        else:
            keep = math.exp(-(time - self._time) / seconds)
            self._scores = keep * self._scores + (1 - keep) * scores
        self._time = time
        self.label = self._standing(self._scores, margin, sure)

    def _standing(self, scores: np.ndarray, margin: float, sure: float) -> int | None:
        leading, shown = int(scores.argmax()), self.label
        # A label that stands is given up later than it is taken up, so that it does not come and go.
        if shown is not None and scores[shown] < sure - margin:
            shown = None
        least = sure if shown is None else max(sure, scores[shown] + margin)
        return leading if scores[leading] >= least else shown
