"""How a score holds when the picture is not as the data set has it: moved boxes, light, blur, noise, distance.

The crops are all there is of FER-2013's pictures: where a move uncovers what lies outside one, its edge is repeated,
as the device repeats the edge of the camera's picture.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class Condition:
    """One change to every image of a split; several variants of it (left, right, up, down) are scored together."""

    name: str
    variants: tuple[Callable[[np.ndarray], np.ndarray], ...]  # each uint8 [H, W] to uint8 [H, W]


def moved(
    x: float = 0.0, y: float = 0.0, scale: float = 1.0, degrees: float = 0.0
) -> Callable[[np.ndarray], np.ndarray]:
    """The face shifted right and down by shares of the side, scaled and turned counterclockwise about the middle."""

    def change(image: np.ndarray) -> np.ndarray:
        height, width = image.shape
        matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, scale)
        matrix[:, 2] += x * width, y * height
        return cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    return change


def lit(gain: float = 1.0, offset: float = 0.0) -> Callable[[np.ndarray], np.ndarray]:
    """Contrast about mid-grey times `gain`, brightness plus `offset` grey levels."""
    return lambda image: np.clip((image - 128.0) * gain + 128 + offset, 0, 255).round().astype(np.uint8)


def blurred(sigma: float) -> Callable[[np.ndarray], np.ndarray]:
    """Gaussian blur, sigma in pixels of the crop."""
    return lambda image: cv2.GaussianBlur(image, (0, 0), sigma)


def noisy(sigma: float) -> Callable[[np.ndarray], np.ndarray]:
    """Sensor noise of `sigma` grey levels, the same in every run."""

    def change(image: np.ndarray) -> np.ndarray:
        seed = int(image[:2].sum()) + int(image.sum())
        return np.clip(image + np.random.default_rng(seed).normal(0, sigma, image.shape), 0, 255).astype(np.uint8)

    return change


def distant(side: int) -> Callable[[np.ndarray], np.ndarray]:
    """As a face that is `side` pixels wide in the camera's picture."""

    def change(image: np.ndarray) -> np.ndarray:
        height, width = image.shape
        small = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
        return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)

    return change


CONDITIONS = (
    Condition("box 10 % off", tuple(moved(x, y) for x, y in ((0.1, 0), (-0.1, 0), (0, 0.1), (0, -0.1)))),
    Condition("box 10 % larger or smaller", (moved(scale=1.1), moved(scale=1 / 1.1))),
    Condition("head tilted 10 degrees", (moved(degrees=10), moved(degrees=-10))),
    Condition("40 grey levels brighter or darker", (lit(offset=40), lit(offset=-40))),
    Condition("half the contrast", (lit(gain=0.5),)),
    Condition("blurred, sigma 1 pixel", (blurred(1.0),)),
    Condition("noise, 10 grey levels", (noisy(10.0),)),
    Condition("face of 32 pixels", (distant(32),)),
    Condition("face of 24 pixels", (distant(24),)),
)


def table(
    images: np.ndarray,
    labels: np.ndarray,
    consensus: np.ndarray | None,
    predict: Callable[[np.ndarray], np.ndarray],
) -> list[dict[str, float | str]]:
    """One row a condition, the unchanged images first.

    Args:
        images: uint8 [N, H, W].
        labels: int [N], as the predictions' columns.
        consensus: int [N], -1 where there is none.
        predict: images to probabilities [N, L].

    Returns:
        `condition`, `accuracy` and, where it is known, `consensus`, each 0..1 and the mean over the variants.
    """
    unchanged = Condition("as it is", (lambda image: image,))
    rows: list[dict[str, float | str]] = []
    for condition in (unchanged, *CONDITIONS):
        own, voted = [], []
        for change in condition.variants:
            answers = predict(np.stack([change(image) for image in images])).argmax(axis=1)
            own.append(float((answers == labels).mean()))
            if consensus is not None and (consensus >= 0).any():
                voted.append(float((answers == consensus)[consensus >= 0].mean()))
        row: dict[str, float | str] = {"condition": condition.name, "accuracy": round(float(np.mean(own)), 4)}
        rows.append(row | ({"consensus": round(float(np.mean(voted)), 4)} if voted else {}))
    return rows
