"""Pictures on screens of other proportions."""

import numpy as np

from device.contract import Box, Face
from device.drawing.fitting import annotate
from device.drawing.overlay import COLOURS
from tests.device.screens import reading_of


def test_pictures_keep_their_proportions_on_every_screen() -> None:
    image = np.full((480, 640, 3), 90, np.uint8)
    wide = annotate(image, reading_of(Face(1, Box(160, 240, 80, 80), "happy", 0.9, None)), (1280, 720))
    assert (wide[:, :160] == 0).all()
    assert (wide[:, 1120:] == 0).all()
    assert (wide[0, 160:1120] == 90).all()
    rows, columns = np.nonzero((wide == COLOURS["happy"]).all(axis=2)[380:, 160:1120])
    assert abs(columns.min() - 240) <= 3  # 1.5 times the box, from the picture's own corner
    assert abs(rows.max() + 380 - 480) <= 3
    tall = annotate(image, reading_of(), (480, 800))
    assert (np.nonzero(tall.any(axis=(1, 2)))[0][[0, -1]] == (220, 579)).all()
