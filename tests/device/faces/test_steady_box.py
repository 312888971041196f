"""Boxes that rest while a face does."""

import numpy as np
import pytest

from device.contract import Box
from device.faces.steady_box import SteadyBox
from tests.device.people import centre


def test_a_box_at_rest_is_steadied_and_one_that_moves_is_followed() -> None:
    jitter = np.random.default_rng(1)
    rest, raw, steady = SteadyBox(), [], []
    for step in range(90):
        box = Box(100 + round(jitter.normal(0, 3)), 100, 100 + round(jitter.normal(0, 3)), 100)
        rest.update(box, step / 15)
        raw.append(centre(box))
        steady.append(centre(rest.box))
    assert np.std(np.diff(steady[10:])) < 0.5 * np.std(np.diff(raw[10:]))
    moves = SteadyBox()
    for step in range(30):
        moves.update(Box(10 * step, 100, 100, 100), step / 15)  # one and a half sides a second
    assert abs(moves.box.x - 290) < 15
    assert moves.velocity[0] == pytest.approx(150, rel=0.05)
