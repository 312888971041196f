"""What makes a crop too poor to be read."""

import cv2
import numpy as np

from device.contract import Box
from device.reading.doubt import measure
from tests.drawn import EXPRESSIONS, portrait


def test_a_crops_flaws_are_named() -> None:
    crop = cv2.resize(
        cv2.cvtColor(portrait(EXPRESSIONS["neutral"], size=96), cv2.COLOR_BGR2GRAY)[10:86, 10:86], (48, 48)
    )
    box = Box(0, 0, 100, 100)
    assert measure(crop, box).flaw() is None
    assert measure((crop * 0.06).astype(np.uint8), box).flaw() == "too dark"
    assert measure(cv2.GaussianBlur(crop, (0, 0), 5), box).flaw() == "blurred"
    assert measure(crop, Box(0, 0, 20, 20)).flaw() == "too small"
