"""A cut to another picture."""

import numpy as np

from device.faces.detector import SceneCut
from tests.device.people import film, one_face


def test_a_cut_is_another_picture_and_not_a_face_that_moves() -> None:
    cut = SceneCut()
    assert not any(cut.happened(frame.grey) for frame in film(1, lambda p, t: one_face(p, t, 200 + 300 * t)))
    assert cut.happened(np.zeros((480, 640), np.uint8))
    assert not cut.happened(np.zeros((480, 640), np.uint8))
    assert cut.happened(np.zeros((240, 320), np.uint8))
