"""All that is remembered of one person from frame to frame."""

import numpy as np

from device.reading.doubt import CLOSE, TURNED, Quality
from device.reading.steady_label import SteadyLabel
from device.settings.settings import Settings

# The golden ratio spreads the persons' turns evenly over the time between two, however many persons there are.
_TURN_SHIFT = 0.618
# A frame that comes when a turn begins belongs to it, although its time is a little off in binary.
_TURN_SLACK = 1e-6


class Person:
    """What the net said of a face, and of which crop.

    Args:
        number: the face's, from 1.
    """

    def __init__(self, number: int):
        self.is_face = True  # by what the net said of the last sighting
        self._number = number
        self._turn: int | None = None  # in which the net last ran
        self._quality: Quality | None = None  # of the crop that it then saw
        self._steady = SteadyLabel()

    def is_due(self, time: float, read_seconds: float) -> bool:
        """Whether the net is to run in the frame at `time`, seconds: once in each turn, which lasts `read_seconds`."""
        turn = int(time / read_seconds + _TURN_SHIFT * self._number + _TURN_SLACK)
        if turn == self._turn:
            return False
        self._turn = turn
        return True

    def take(self, scores: np.ndarray, quality: Quality, time: float, settings: Settings, sure: float) -> None:
        """Take what the net said (float64 [labels]) of the frame at `time`, seconds.

        Args:
            sure: confidence from which on a label is shown, probability.
        """
        self._quality = quality
        self._steady.update(scores, time, settings.smoothing_seconds, settings.label_margin, sure)

    @property
    def label(self) -> int | None:
        """Index of the label that stands; None while unsure."""
        return self._steady.label

    @property
    def confidence(self) -> float:
        """Of the leading smoothed label, 0 to 1."""
        return self._steady.confidence

    def doubt(self, missed: bool) -> str:
        """Why it is unsure.

        Args:
            missed: the last search did not see the face.
        """
        if missed:
            return TURNED
        assert self._quality is not None
        return self._quality.flaw() or CLOSE
