"""The two cascades."""

import cv2
import numpy as np

from device.faces.haar import FINDER, KNOWER, Haar
from tests.device.people import put
from tests.drawn import PEOPLE


def test_the_second_cascade_sees_the_same_box() -> None:
    picture = np.full((480, 640, 3), 150, np.uint8)
    put(picture, PEOPLE[0], 320, 200)
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    (one,), (other,) = (Haar(cascade).search(grey, 48, 480, 5) for cascade in (FINDER, KNOWER))
    assert one.box.overlap(other.box) > 0.85
