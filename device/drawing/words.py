"""A picture of words, for a screen that has no camera's picture to show. Pure."""

import cv2
import numpy as np

from device.drawing import lettering
from device.drawing.lettering import Style
from device.process.safe_names import shown

_WIDTH, _HEIGHT = 1280, 720  # pixels; the screen's own size is its process's business
_MARGIN = 80
_FONT = cv2.FONT_HERSHEY_DUPLEX
_TITLE, _TEXT = Style(_FONT, 1.8, 3), Style(_FONT, 1.1, 2)  # capitals are 21 pixels high at scale 1
_LEADING = 46  # from one line of text to the next
_LINES = 11  # that fit under the title


def write(title: str, text: str) -> np.ndarray:
    """A picture uint8 [720, 1280, 3] of a title and a text, white on black; what does not fit is cut off."""
    picture = np.zeros((_HEIGHT, _WIDTH, 3), dtype=np.uint8)
    lettering.write(picture, title, (_MARGIN, 150), _TITLE, (66, 228, 240))
    for number, line in enumerate(wrap(text, _WIDTH - 2 * _MARGIN)[:_LINES]):
        at = (_MARGIN, 230 + number * _LEADING)
        lettering.write(picture, line, at, _TEXT, (255, 255, 255))
    return picture


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most `width` pixels, broken at spaces, and within words that are longer."""
    lines = [""]
    for word in map(shown, text.split()):
        if lines[-1] and _wide(f"{lines[-1]} {word}") > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
        while _wide(lines[-1]) > width:
            fitting = next(n for n in range(len(lines[-1]) - 1, 0, -1) if _wide(lines[-1][:n]) <= width)
            lines[-1:] = [lines[-1][:fitting], lines[-1][fitting:]]
    return lines


def _wide(line: str) -> int:
    return lettering.width(line, _TEXT)
