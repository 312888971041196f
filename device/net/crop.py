"""From a face's box to what the net sees. The only place for it: training, gate and device all come here."""

import cv2
import numpy as np

from device.contract import Box
from device.net.card import Card


def prepare(grey: np.ndarray, box: Box, card: Card) -> np.ndarray:
    """The square crop around `box` at the size the card asks for.

    The box is grown (or shrunk) about its centre by the card's crop scale and made square; where that reaches over
    the image's edge, the edge pixels are repeated, so that the face keeps its place and proportions.

    Args:
        grey: uint8 [H, W].
        box: in pixels of `grey`.

    Returns:
        uint8 [card height, card width].

    Raises:
        ValueError: the box lies wholly outside the image.
    """
    side = max(1, round(max(box.width, box.height) * card.crop_scale))
    left = round(box.x + (box.width - side) / 2)
    top = round(box.y + (box.height - side) / 2)
    height, width = grey.shape
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + side, width), min(top + side, height)
    if x0 >= x1 or y0 >= y1:
        raise ValueError(f"{box} lies outside the {width}x{height} image")
    crop = grey[y0:y1, x0:x1]
    if crop.shape != (side, side):
        crop = cv2.copyMakeBorder(crop, y0 - top, top + side - y1, x0 - left, left + side - x1, cv2.BORDER_REPLICATE)
    return resize(crop, card.height, card.width)


def level(crop: np.ndarray) -> np.ndarray:
    """uint8 [H, W] at mean 128 and standard deviation 45, both grey levels: one light for dark, bright and flat crops.

    Without it, a net that was trained on FER-2013 reads hardly anything in an eighth of the light.
    """
    mean, deviation = (float(value[0, 0]) for value in cv2.meanStdDev(crop))
    # What is flatter than a sensor's noise stays flat.
    gain = _LEVEL_DEVIATION / max(deviation, _LEAST_DEVIATION)
    return cv2.addWeighted(crop, gain, crop, 0, _LEVEL_MEAN - gain * mean)


_LEVEL_MEAN, _LEVEL_DEVIATION, _LEAST_DEVIATION = 128.0, 45.0, 2.0


def resize(grey: np.ndarray, height: int, width: int) -> np.ndarray:
    """uint8 [H, W] at another size: areas are averaged when it shrinks, pixels interpolated when it grows."""
    if grey.shape == (height, width):
        return grey
    shrinks = grey.shape[0] > height or grey.shape[1] > width
    return cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
