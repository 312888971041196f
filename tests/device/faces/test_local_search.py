"""A look where a face is expected."""

import cv2
import numpy as np
import pytest

from device.contract import Box
from device.faces.haar import Haar
from device.faces.local_search import GLANCE, THOROUGH, Pyramid, search_near
from tests.device.people import put
from tests.drawn import EXPRESSIONS, PEOPLE, portrait


@pytest.mark.parametrize("size", [49, 60, 90, 140, 260])
@pytest.mark.parametrize("small", [GLANCE, THOROUGH])
def test_a_look_finds_a_face_of_any_size(size: int, small: int) -> None:
    picture = np.full((480, 640, 3), 150, np.uint8)
    face = cv2.resize(portrait(EXPRESSIONS["neutral"], size=480), (size * 2, size * 2), interpolation=cv2.INTER_AREA)
    picture[: 2 * size, 60 : 60 + 2 * size] = face[:480]
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    found = Haar().search(grey, 40, 480, 5)
    assert len(found) == 1
    box = found[0].box
    moved = Box(box.x + box.width // 10, box.y, box.width, box.height)
    sighting = search_near(Haar(), Pyramid(grey), moved, 3, 0.15, small)
    assert sighting
    assert sighting.box.overlap(box) > 0.7


def test_a_look_sees_nothing_on_a_wall_or_outside_the_picture() -> None:
    grey = np.full((480, 640), 150, np.uint8)
    assert search_near(Haar(), Pyramid(grey), Box(100, 100, 80, 80), 1, 0.25, THOROUGH) is None
    picture = cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)
    put(picture, PEOPLE[0], 320, 240)  # not where it is looked for
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    assert search_near(Haar(), Pyramid(grey), Box(-300, -300, 200, 200), 1, 0.25, THOROUGH) is None
    assert search_near(Haar(), Pyramid(grey), Box(-300, 140, 200, 200), 1, 0.25, THOROUGH) is None
    assert search_near(Haar(), Pyramid(grey), Box(900, 140, 200, 200), 1, 0.25, THOROUGH) is None
    assert search_near(Haar(), Pyramid(grey), Box(230, 130, 200, 200), 1, 0.25, THOROUGH) is not None
