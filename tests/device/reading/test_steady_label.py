"""A label that is steady, and given up where nothing is sure."""

import numpy as np
import pytest

from device.reading.steady_label import SteadyLabel


def test_smoothing_is_in_time_not_in_frames() -> None:
    happy, sad = np.array([0.9, 0.1]), np.array([0.1, 0.9])
    slow, fast = SteadyLabel(), SteadyLabel()
    for steady in (slow, fast):
        steady.update(happy, 0.0, seconds=0.5, margin=0.2, sure=0.4)
    for step in range(1, 11):
        fast.update(sad, step * 0.02, seconds=0.5, margin=0.2, sure=0.4)
    slow.update(sad, 0.2, seconds=0.5, margin=0.2, sure=0.4)
    assert fast.confidence == pytest.approx(slow.confidence)
    assert 0.5 < fast.confidence < 0.9


def test_a_label_has_hysteresis_and_an_unsure_face_has_none() -> None:
    def told(steady: SteadyLabel, scores: list[float], time: float, margin: float) -> int | None:
        steady.update(np.array(scores), time, seconds=0.01, margin=margin, sure=0.4)
        return steady.label

    steady = SteadyLabel()
    assert told(steady, [0.6, 0.4, 0.0], 0, 0.2) == 0
    assert told(steady, [0.45, 0.55, 0.0], 1, 0.2) == 0  # leads by too little
    assert told(steady, [0.2, 0.8, 0.0], 2, 0.2) == 1
    assert told(steady, [0.36, 0.34, 0.3], 3, 0.2) == 1  # under 0.4, but it stood
    steady = SteadyLabel()
    assert told(steady, [0.36, 0.34, 0.3], 0, 0.05) is None
    assert told(steady, [0.5, 0.3, 0.2], 1, 0.05) == 0
    assert told(steady, [0.33, 0.33, 0.34], 2, 0.05) is None
    assert steady.confidence == pytest.approx(0.34)


def test_no_label_is_shown_far_below_the_confidence_that_it_needs() -> None:
    def label(*scores: list[float]) -> int | None:
        steady = SteadyLabel()
        for time, these in enumerate(scores):
            steady.update(np.array(these), time, seconds=1e-6, margin=0.2, sure=0.38)
        return steady.label

    clear = [0.9, 0.1, 0.0, 0.0, 0.0, 0.0]
    low = [0.02, 0.2, 0.195, 0.195, 0.195, 0.195]
    assert label(clear) == 0
    assert label(clear, [0.05, 0.27, 0.17, 0.17, 0.17, 0.17]) is None, "another leads, but nothing is sure"
    assert label(clear, low) is None, "what stood has gone"
    assert label(clear, low, [0.1, 0.5, 0.1, 0.1, 0.1, 0.1]) == 1
