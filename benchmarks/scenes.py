"""Recordings to measure on: films scaled to a camera's size, group photos under a slowly moving camera, drawn faces.

Frames are made one at a time, so that a long recording takes no memory.
"""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from device.camera.kinds import kind_of
from device.camera.make import make_camera
from device.contract import Frame
from device.settings.settings import Settings

_PHOTO_RATE = 30.0  # frames a second of a recording made from a photo


def scene(path: Path, size: tuple[int, int], seconds: float = 5.0, zoom: float = 1.0) -> Iterator[Frame]:
    """Frames of `size` (width, height; pixels) from a film, or from a photo over which a camera pans and zooms."""
    return _photo(path, size, seconds, zoom) if kind_of(path) == "photo" else _film(path, size)


def _film(path: Path, size: tuple[int, int]) -> Iterator[Frame]:
    with make_camera(Settings(camera=str(path))) as camera:
        for frame in camera:
            image = _cover(frame.image, size)
            yield Frame(frame.index, frame.time, cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), image)


def _photo(path: Path, size: tuple[int, int], seconds: float, zoom: float) -> Iterator[Frame]:
    """The whole photo stays nearly in view: the camera sways by 3 % of the picture and zooms by 6 %."""
    photo = cv2.imread(str(path))
    height, width = photo.shape[:2]
    fit = zoom * min(size[0] / width, size[1] / height)
    for index in range(round(seconds * _PHOTO_RATE)):
        time = index / _PHOTO_RATE
        scale = fit * (1 + 0.06 * np.sin(2 * np.pi * time / 7))
        x = size[0] / 2 + 0.03 * size[0] * np.sin(2 * np.pi * time / 5) - scale * width / 2
        y = size[1] / 2 + 0.03 * size[1] * np.sin(2 * np.pi * time / 3.7) - scale * height / 2
        blurred = cv2.GaussianBlur(photo, (0, 0), 0.4 / scale) if scale < 0.8 else photo
        matrix = np.array([[scale, 0, x], [0, scale, y]])
        image = cv2.warpAffine(blurred, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        image = noisy(image, index)
        yield Frame(index, time, cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), image)


def noisy(image: np.ndarray, seed: int, spread: float = 2.0) -> np.ndarray:
    """uint8 [H, W, 3] with a sensor's noise: normal, of `spread` grey levels, the same for the same seed."""
    noise = np.random.default_rng(seed).normal(0, spread, image.shape[:2])[..., None]
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def _cover(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Scaled in its proportions until it fills `size`; what reaches over is cut off at both sides."""
    width, height = size
    factor = max(width / image.shape[1], height / image.shape[0])
    if factor != 1:
        way = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
        image = cv2.resize(image, None, fx=factor, fy=factor, interpolation=way)
    left, top = (image.shape[1] - width) // 2, (image.shape[0] - height) // 2
    return np.ascontiguousarray(image[top : top + height, left : left + width])
