"""A label that is steady, and given up where nothing is sure."""

import numpy as np
import pytest

from device.reading.steady_label import Smoother


def test_smoothing_is_in_time_not_in_frames() -> None:
    happy, sad = np.array([0.9, 0.1]), np.array([0.1, 0.9])
    slow, fast = Smoother(seconds=0.5), Smoother(seconds=0.5)
    slow.update(1, happy, 0.0)
    fast.update(1, happy, 0.0)
    for step in range(1, 11):
        fast.update(1, sad, step * 0.02)
    slow.update(1, sad, 0.2)
    assert fast._faces[1].scores == pytest.approx(slow._faces[1].scores)


def test_a_label_has_hysteresis_and_an_unsure_face_has_none() -> None:
    def told(smoother: Smoother, scores: list[float], time: float) -> tuple[int | None, float]:
        smoother.update(1, np.array(scores), time)
        return smoother.reading(1)

    smoother = Smoother(seconds=0.01, margin=0.2, sure=0.4)
    assert told(smoother, [0.6, 0.4, 0.0], 0)[0] == 0
    assert told(smoother, [0.45, 0.55, 0.0], 1)[0] == 0  # leads by too little
    assert told(smoother, [0.2, 0.8, 0.0], 2)[0] == 1
    assert told(smoother, [0.36, 0.34, 0.3], 3)[0] == 1  # under 0.4, but it stood
    smoother = Smoother(seconds=0.01, margin=0.05, sure=0.4)
    assert told(smoother, [0.36, 0.34, 0.3], 0)[0] is None
    assert told(smoother, [0.5, 0.3, 0.2], 1)[0] == 0
    assert told(smoother, [0.33, 0.33, 0.34], 2) == (None, pytest.approx(0.34))
    smoother.keep_only({2})
    assert smoother._faces == {}


def test_no_label_is_shown_far_below_the_confidence_that_it_needs() -> None:
    smoother = Smoother(seconds=1e-6, margin=0.2, sure=0.38)
    smoother.update(1, np.array([0.9, 0.1, 0.0, 0.0, 0.0, 0.0]), 0)
    smoother.update(1, np.array([0.05, 0.27, 0.17, 0.17, 0.17, 0.17]), 1)
    assert smoother.reading(1)[0] is None, "another leads, but nothing is sure, and what stood has gone"
    smoother.update(2, np.array([0.9, 0.1, 0.0, 0.0, 0.0, 0.0]), 0)
    smoother.update(2, np.array([0.02, 0.2, 0.195, 0.195, 0.195, 0.195]), 1)
    assert smoother.reading(2)[0] is None
    smoother.update(2, np.array([0.1, 0.5, 0.1, 0.1, 0.1, 0.1]), 2)
    assert smoother.reading(2)[0] == 1
