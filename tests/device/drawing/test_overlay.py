"""What is drawn into pictures: seen by everybody, hiding nobody."""

import itertools

import cv2
import numpy as np
import pytest

from device.contract import Box, Face, Reading
from device.drawing import overlay
from device.drawing.overlay import COLOURS, UNSURE, draw, ink_on
from tests.device.readings import reading


def test_drawing_is_pure_and_shows_the_emotions_colour() -> None:
    image = np.full((360, 640, 3), 80, np.uint8)
    before = image.copy()
    drawn = draw(image, reading(box=Box(200, 100, 120, 120)))
    assert (image == before).all()
    assert (drawn[100:220, 200] == COLOURS["happy"]).all(axis=1).any()
    assert reading().faces[0].in_words() == "happy 88 %"
    assert reading(None).faces[0].in_words() == "unsure: close scores"
    for box in (Box(-50, -50, 80, 80), Box(600, 340, 200, 200), Box(0, 0, 640, 360)):
        assert draw(image, reading(box=box)).shape == image.shape


# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear red green blue.
_SIGHT = {
    "full": np.eye(3),
    "protan": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deutan": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritan": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def linear(colour: tuple[int, int, int]) -> np.ndarray:
    """Linear red green blue, 0 to 1, of a blue green red colour."""
    share = np.array(colour[::-1]) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def lab(colour: tuple[int, int, int], sight: np.ndarray) -> np.ndarray:
    seen = np.clip(sight @ linear(colour), 0, 1)
    encoded = np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen ** (1 / 2.4) - 0.055)
    return cv2.cvtColor(encoded.astype(np.float32)[None, None], cv2.COLOR_RGB2Lab)[0, 0]


@pytest.mark.parametrize("sight", _SIGHT)
def test_colours_are_told_apart_by_colour_blind_people_too(sight: str) -> None:
    colours = COLOURS | {"unsure": UNSURE}
    for (one, first), (two, second) in itertools.combinations(colours.items(), 2):
        assert np.linalg.norm(lab(first, _SIGHT[sight]) - lab(second, _SIGHT[sight])) > 15, (one, two)


@pytest.mark.parametrize("colour", [*COLOURS.values(), UNSURE])
def test_captions_contrast_as_wcag_asks(colour: tuple[int, int, int]) -> None:
    weights = np.array([0.2126, 0.7152, 0.0722])
    dark, light = sorted(weights @ linear(each) for each in (colour, ink_on(colour)))
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def bars(reading: Reading, picture: tuple[int, int]) -> dict[int, Box]:
    """Where the caption of each face stands, by the face's number."""
    return {face.id: bar for face, _, bar in overlay.places(reading, picture, [])}


def test_captions_hide_neither_faces_nor_each_other() -> None:
    """Seven people at a table."""
    faces = tuple(
        Face(number, Box(10 + 90 * number, 200 + 20 * (number % 2), 60, 60), emotion, 0.8, None, unsure)
        for number, (emotion, unsure) in enumerate(
            [("happy", None), (None, "turned away"), ("surprise", None)] * 2 + [("sad", None)]
        )
    )
    placed = bars(Reading(0, 0.0, faces), (640, 480))
    for one, two in itertools.combinations(placed, 2):
        assert placed[one].overlap(placed[two]) == 0
        assert placed[one].overlap(faces[two].box) == placed[two].overlap(faces[one].box) == 0


@pytest.mark.parametrize("size", [(640, 480), (1280, 720), (1920, 1080), (40, 30)])
def test_captions_stay_in_the_picture_where_they_fit(size: tuple[int, int]) -> None:
    width, height = size
    for x, y in itertools.product((-0.05, 0.4, 0.95), (-0.1, 0.4, 0.9)):
        face = Face(1, Box(int(x * width), int(y * height), height // 6, height // 6), None, 0.3, None, "too small")
        box = bars(Reading(0, 0.0, (face,)), size)[1]
        if box.width <= width and box.height <= height:
            assert 0 <= box.x <= width - box.width
            assert 0 <= box.y <= height - box.height
        assert draw(np.zeros((height, width, 3), np.uint8), Reading(0, 0.0, (face,)), 30.0).shape == (height, width, 3)


def test_an_unsure_face_says_why() -> None:
    captions = overlay.captions(Face(1, Box(0, 0, 200, 200), None, 0.3, None, "too dark"), 480)
    assert [text.lines for text in captions] == [["unsure: too dark"]] * 2 + [["unsure", "too dark"], ["unsure"]]


def test_a_crowded_picture_still_names_each_face() -> None:
    faces = tuple(Face(n, Box(10 * n, 100, 60, 60), "neutral", 0.8, None) for n in range(12))
    assert len(bars(Reading(0, 0.0, faces), (640, 480))) == 12
    assert draw(np.zeros((480, 640, 3), np.uint8), Reading(0, 0.0, faces)).any()


def test_the_rate_stands_in_the_lower_left_corner_when_it_is_given() -> None:
    image = np.full((480, 640, 3), 128, np.uint8)
    assert (draw(image, Reading(0, 0.0, ())) == image).all()
    rows, columns = np.nonzero((draw(image, Reading(0, 0.0, ()), 23.7) != image).any(axis=2))
    assert rows.min() > 440
    assert columns.max() < 200
