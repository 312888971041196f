"""Draws device/models/probes.png: every expression on every drawn person, cut out as the kiosk cuts faces out.

`python -m tests.probes` writes it anew.
"""

import cv2
import numpy as np

from device.faces.detector import Detector
from device.net import probe_faces
from device.net.crop import resize
from device.settings.settings import Settings
from tests.drawn import EXPRESSIONS, PEOPLE, Expression, Person, portrait


def draw() -> np.ndarray:
    """uint8 [people * SIDE, expressions * SIDE], grey."""
    detector = Detector(Settings())
    return np.vstack([np.hstack([_cut(detector, e, person) for e in EXPRESSIONS.values()]) for person in PEOPLE])


def _cut(detector: Detector, expression: Expression, person: Person) -> np.ndarray:
    grey = cv2.cvtColor(portrait(expression, person, size=300), cv2.COLOR_BGR2GRAY)
    grey = cv2.copyMakeBorder(grey, 40, 40, 40, 40, cv2.BORDER_REPLICATE)
    box = detector.find(grey)[0]
    return resize(grey[box.y : box.y + box.height, box.x : box.x + box.width], probe_faces.SIDE, probe_faces.SIDE)


if __name__ == "__main__":
    cv2.imwrite(str(probe_faces.FILE), draw(), [cv2.IMWRITE_PNG_COMPRESSION, 9])
