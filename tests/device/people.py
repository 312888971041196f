"""Drawn people who move before a plain wall."""

import functools
from collections.abc import Callable, Iterator

import cv2
import numpy as np

from device.contract import Box, Frame
from tests.drawn import EXPRESSIONS, PEOPLE, Person, draw_face


def film(seconds: float, draw: Callable[[np.ndarray, float], None], rate: float = 30) -> Iterator[Frame]:
    """Frames of 640x480 before a plain wall; `draw` puts faces into the picture of a second."""
    for index in range(round(seconds * rate)):
        picture = np.full((480, 640, 3), (152, 150, 144), np.uint8)
        draw(picture, index / rate)
        noise = np.random.default_rng(index).normal(0, 2, (480, 640, 1))
        picture = np.clip(picture + noise, 0, 255).astype(np.uint8)
        yield Frame(index, index / rate, cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), picture)


@functools.cache
def drawn(person: Person, height: int) -> tuple[np.ndarray, np.ndarray]:
    """(image, coverage) of a neutral face at a height, drawn once: it takes some 100 ms."""
    side = round(height * 480 / 380)
    image, cover = draw_face(EXPRESSIONS["neutral"], person)
    scaled = [cv2.resize(part, (side, side), interpolation=cv2.INTER_AREA) for part in (image, cover)]
    return scaled[0], scaled[1][..., None]


def put(picture: np.ndarray, person: Person, x: float, height: int) -> None:
    """A face into `picture`, its centre at (x, 240)."""
    image, cover = drawn(person, height)
    half = image.shape[0] // 2
    left = round(x) - half
    place = picture[240 - half : 240 - half + image.shape[0], left : left + image.shape[1]]
    place[:] = place * (1 - cover) + image * cover


def one_face(picture: np.ndarray, time: float, x: float = 320, height: int = 200) -> None:
    put(picture, PEOPLE[0], x, height)


def centre(box: Box) -> float:
    return box.x + box.width / 2
