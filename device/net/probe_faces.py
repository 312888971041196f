"""Drawn faces that ship with the program, on which every release is tried.

`convert` writes what a release answers to them into emotion.json, so that a kiosk can see whether its own interpreter
and processor answer the same. tests/probes.py draws them.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np

from device.errors import UsageError
from device.net import model_file
from device.net.card import Card
from device.net.classifier import Classifier
from device.net.crop import resize
from device.process.safe_names import opencv_name

FILE = model_file.BUNDLED / "probes.png"
SIDE = 64  # of each face in the picture, pixels
KEY = "probes"  # of emotion.json


def crops(card: Card) -> list[np.ndarray]:
    """The faces as the net sees them: uint8 [height, width] each.

    Raises:
        UsageError: the program is not whole.
    """
    with opencv_name(FILE) as name:
        picture = cv2.imread(name, cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise UsageError(f"{FILE}: is missing or damaged: install the program again")
    rows, columns = (length // SIDE for length in picture.shape)
    faces = picture.reshape(rows, SIDE, columns, SIDE).swapaxes(1, 2).reshape(-1, SIDE, SIDE)
    return [resize(np.ascontiguousarray(face), card.height, card.width) for face in faces]


def facts(classifier: Classifier) -> dict[str, Any]:
    """For emotion.json: which picture, and the calibrated scores of each of its faces."""
    scores = [classifier.scores(crop).round(4).tolist() for crop in crops(classifier.card)]
    return {"sha256": _digest(), "scores": scores}


def expected(described: Mapping[str, Any]) -> np.ndarray | None:
    """float64 [faces, labels] that emotion.json promises; None where it speaks of no picture, or of another."""
    value = described.get(KEY)
    if not isinstance(value, dict) or value.get("sha256") != _digest():
        return None
    try:
        scores = np.asarray(value.get("scores"), float)
    except (TypeError, ValueError):
        return None
    return scores if scores.ndim == 2 else None


def _digest() -> str:
    return hashlib.sha256(FILE.read_bytes()).hexdigest()
