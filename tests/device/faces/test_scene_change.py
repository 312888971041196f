"""A cut to another picture."""

import numpy as np

from device.faces.scene_change import SceneChange
from tests.device.people import film, one_face


def test_a_cut_is_another_picture_and_not_a_face_that_moves() -> None:
    scene = SceneChange()
    assert not any(scene.happened(frame.grey) for frame in film(1, lambda p, t: one_face(p, t, 200 + 300 * t)))
    assert scene.happened(np.zeros((480, 640), np.uint8))
    assert not scene.happened(np.zeros((480, 640), np.uint8))
    assert scene.happened(np.zeros((240, 320), np.uint8))
