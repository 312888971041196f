"""Pictures of one size into places of another, in their proportions. Pure."""

from dataclasses import replace

import cv2
import numpy as np

from device.contract import Box, Reading
from device.drawing.overlay import draw


def annotate(image: np.ndarray, reading: Reading, size: tuple[int, int], rate: float | None = None) -> np.ndarray:
    """`image` (uint8 [H, W, 3]) scaled into (width, height) on black, with the reading drawn on.

    The picture is scaled before it is drawn on, so that lines and captions are sharp and as large in every place.
    """
    factor = _factor(image, size)
    inner = _scaled(image, factor)
    faces = [replace(face, box=Box(*(round(side * factor) for side in face.box))) for face in reading.faces]
    return fit(draw(inner, replace(reading, faces=tuple(faces)), rate), size)


def fit(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """`picture` (uint8 [H, W, 3]) scaled into (width, height), in its proportions, on black."""
    width, height = size
    if picture.shape[:2] == (height, width):
        return picture
    inner = _scaled(picture, _factor(picture, size))
    canvas = np.zeros((height, width, 3), dtype=np.uint8)
    top, left = (height - inner.shape[0]) // 2, (width - inner.shape[1]) // 2
    canvas[top : top + inner.shape[0], left : left + inner.shape[1]] = inner
    return canvas


def _factor(picture: np.ndarray, size: tuple[int, int]) -> float:
    return min(size[0] / picture.shape[1], size[1] / picture.shape[0])


def _scaled(picture: np.ndarray, factor: float) -> np.ndarray:
    height, width = (max(1, round(side * factor)) for side in picture.shape[:2])
    if picture.shape[:2] == (height, width):
        return picture
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR)
