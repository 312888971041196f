"""Where faces are in a picture, and how much of it is searched."""

import cv2
import numpy as np
import pytest

from device.contract import Box
from device.faces.detector import Detector
from device.faces.haar import WIDEST, Haar, Sighting
from device.settings.settings import Settings
from tests.device.people import put
from tests.drawn import EXPRESSIONS, PEOPLE, portrait


def test_a_large_photo_is_scanned_reduced_and_boxed_in_its_own_pixels() -> None:
    small = cv2.cvtColor(portrait(EXPRESSIONS["neutral"], size=400), cv2.COLOR_BGR2GRAY)
    (box,) = Detector(Settings()).find(small)
    (large,) = Detector(Settings()).find(cv2.resize(small, (WIDEST * 3, WIDEST * 3)))
    assert Box(*(round(side * WIDEST * 3 / 400) for side in box)).overlap(large) > 0.8


@pytest.mark.parametrize("rate", [0.5, 2.0])
def test_where_frames_are_far_apart_each_is_searched_for_every_size(rate: float) -> None:
    picture = np.full((480, 640, 3), 150, np.uint8)
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    detector = Detector(Settings())
    assert not detector.search(grey, 0.0, [])
    put(picture, PEOPLE[0], 320, 200)
    assert detector.search(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), 1 / rate, [])


def test_a_large_picture_is_not_searched_pixel_by_pixel(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes, search = [], Haar.search

    def measured(self: Haar, grey: np.ndarray, *words: float) -> list[Sighting]:
        sizes.append(max(grey.shape))
        return search(self, grey, *words)

    monkeypatch.setattr(Haar, "search", measured)
    detector, grey = Detector(Settings()), np.full((1080, 1920), 150, np.uint8)
    for step in range(12):
        detector.search(grey, step / 6 + 0.01, [])
    assert max(sizes) <= 1920
    assert sizes[0] <= WIDEST
