"""The search for new faces, spread over frames."""

import cv2
import numpy as np
import pytest

from device.faces.detector import Detector
from device.faces.full_search import FullSearch
from device.faces.haar import Haar, Sighting
from device.faces.local_search import Pyramid
from device.settings.settings import Settings
from tests.device.people import centre, put
from tests.drawn import PEOPLE


def test_a_scan_proposes_new_faces_and_not_those_that_are_known() -> None:
    picture = np.full((480, 640, 3), 150, np.uint8)
    put(picture, PEOPLE[0], 180, 200)
    put(picture, PEOPLE[1], 480, 200)
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    left, right = sorted((box for box, _ in Haar().search(grey, 48, 480, 5)), key=centre)
    detector = Detector(Settings())
    assert detector.search(grey, 0.0, [])
    search = detector.full_search
    for known, new in (([left], [right]), ([left, right], [])):
        proposed = [box for step in range(1, 10) for box in search.propose(Pyramid(grey), step / 6 + 0.01, known)]
        assert all(any(box.overlap(face) > 0.3 for box in proposed) for face in new)
        assert not any(box.overlap(face) > 0.3 for box in proposed for face in known)
    assert len(grey[grey == 128]) < 1000  # the picture itself is not painted over


@pytest.mark.parametrize(("rate", "every"), [(30, 1), (30, 4), (15, 7)])
def test_however_often_a_face_is_lost_the_next_scan_is_no_later_than_the_setting(rate: int, every: int) -> None:
    class Counting(Haar):
        def search(self, *words: object, **more: object) -> list[Sighting]:
            searches.append(now)
            return []

    searches: list[float] = []
    search = FullSearch(Counting(), Settings(scan_seconds=0.5))
    pyramid = Pyramid(np.zeros((120, 160), np.uint8))
    for step in range(20 * rate):
        now = step / rate
        if step < 10 * rate and step % every == 0:
            search.hurry()
        search.propose(pyramid, now, [])
    assert max(np.diff(searches)) < 0.5 + 1.1 / rate
    assert len([time for time in searches if time >= 11]) == pytest.approx(9 * 6, abs=2), "six bands a second again"
