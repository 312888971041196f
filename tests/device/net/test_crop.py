"""From a box in the picture to what the net sees."""

import cv2
import numpy as np
import pytest

from device.contract import Box
from device.net.card import Card
from device.net.crop import level, prepare
from tests.drawn import EXPRESSIONS, portrait

CARD = Card(("happy", "sad"), height=48, width=48, crop_scale=1.0)


def test_a_crop_of_the_nets_own_size_is_the_pixels_themselves() -> None:
    grey = np.arange(100 * 90, dtype=np.uint8).reshape(100, 90)
    assert (prepare(grey, Box(10, 20, 48, 48), CARD) == grey[20:68, 10:58]).all()


def test_an_oblong_box_is_made_square_about_its_centre() -> None:
    grey = np.zeros((200, 200), np.uint8)
    grey[:, 100:] = 200
    crop = prepare(grey, Box(85, 52, 30, 96), CARD)
    assert crop.shape == (48, 48)
    assert crop[:, :23].max() == 0
    assert crop[:, 25:].min() == 200


def test_over_the_edge_the_face_keeps_its_place() -> None:
    grey = np.zeros((100, 100), np.uint8)
    grey[40:60, 0:24] = 255
    crop = prepare(grey, Box(-24, 26, 48, 48), CARD)
    assert (crop[14:34, 24:] == 255).all()
    assert (crop[14:34, :24] == 255).all()  # repeated edge pixels
    with pytest.raises(ValueError, match="outside"):
        prepare(grey, Box(200, 200, 20, 20), CARD)


def test_crop_scale_takes_in_more_around_the_box() -> None:
    grey = np.zeros((200, 200), np.uint8)
    grey[76:124, 76:124] = 255
    wide = Card(("happy", "sad"), height=48, width=48, crop_scale=2.0)
    assert prepare(grey, Box(76, 76, 48, 48), CARD).min() == 255
    assert prepare(grey, Box(76, 76, 48, 48), wide).mean() == pytest.approx(255 / 4, rel=0.1)


def test_level_brings_any_light_to_one() -> None:
    crop = cv2.cvtColor(portrait(EXPRESSIONS["happy"], size=48), cv2.COLOR_BGR2GRAY)
    lit = level(crop)
    assert (lit.mean(), lit.std()) == (pytest.approx(128, abs=2), pytest.approx(45, abs=2))
    for other in (crop // 6, 200 + crop // 8, 255 - (255 - crop) // 3):
        assert np.abs(level(other.astype(np.uint8)).astype(int) - lit).mean() < 4
    assert level(np.full((48, 48), 9, np.uint8)).tolist() == np.full((48, 48), 128).tolist()
    noise = np.random.default_rng(1).normal(20, 0.7, (48, 48)).round().astype(np.uint8)
    assert level(noise).std() < 25
