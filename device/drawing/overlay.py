"""Draws a reading into a picture. Pure: picture and reading in, picture out."""

from collections.abc import Iterator

import cv2
import numpy as np

from device.contract import Box, Face, Reading
from device.drawing import lettering
from device.drawing.lettering import Style

# Blue green red. The palette of Okabe and Ito (2008, "Color Universal Design"), made for all kinds of colour vision.
COLOURS = {
    "angry": (0, 94, 213),
    "disgust": (115, 158, 0),
    "fear": (167, 121, 204),
    "happy": (66, 228, 240),
    "sad": (178, 114, 0),
    "surprise": (0, 159, 230),
    "neutral": (225, 225, 225),
}
UNSURE = (60, 60, 60)  # recedes behind the readings that are sure
_OTHER = (233, 180, 86)
_BLACK, _WHITE = (0, 0, 0), (255, 255, 255)
_FONT = cv2.FONT_HERSHEY_DUPLEX
_FONT_HEIGHT = 21  # of a capital at scale 1, pixels
# Of a capital, as a share of the picture's height: 18 mm on a screen of 50 cm, for a reader 3 m away.
_CAPTION, _CAPTION_ON_SMALL_FACES, _RATE = 0.036, 0.03, 0.025
_LEAST = 11.0  # of a capital, pixels: below it letters are no letters
_WIDEST = 1.4  # of a caption, as a multiple of its box: in a group captions should not hide each other


class _Caption:
    """Lines of text whose capitals are `capital` pixels high, and the size of the bar behind them."""

    def __init__(self, lines: list[str], capital: float):
        self.lines, self.capital = lines, capital
        self.one_line = len(lines) == 1
        self.style = Style(_FONT, capital / _FONT_HEIGHT, max(1, round(capital / 14)))
        self.pad = round(capital / 2)
        self.width = max(lettering.width(line, self.style) for line in lines) + 2 * self.pad
        self.height = round(1.5 * capital * len(lines) + 0.5 * capital)


def colour_of(face: Face) -> tuple[int, int, int]:
    return UNSURE if face.emotion is None else COLOURS.get(face.emotion, _OTHER)


def ink_on(colour: tuple[int, int, int]) -> tuple[int, int, int]:
    """Black or white, whichever contrasts more (relative luminance, WCAG 2.2)."""
    linear = [(c / 255 / 12.92) if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    luminance = 0.0722 * linear[0] + 0.7152 * linear[1] + 0.2126 * linear[2]
    return _BLACK if (luminance + 0.05) ** 2 > 0.05 * 1.05 else _WHITE


def draw(image: np.ndarray, reading: Reading, rate: float | None = None) -> np.ndarray:
    """A copy of `image` (uint8 [H, W, 3] blue green red) with a box and a caption for each face.

    Args:
        rate: frames a second, written into the lower left corner.
    """
    drawn = image.copy()
    height, width = drawn.shape[:2]
    taken: list[Box] = []
    if rate is not None:
        text = _Caption([f"{rate:.0f} frames/s"], max(_LEAST, _RATE * height))
        taken.append(Box(0, height - text.height, text.width, text.height))
        _write(drawn, text, taken[0], UNSURE)
    for face in reversed(reading.faces):  # the largest face on top
        _draw_box(drawn, face)
    for face, text, bar in places(reading, (width, height), taken):
        _write(drawn, text, bar, colour_of(face))
    return drawn


def _draw_box(drawn: np.ndarray, face: Face) -> None:
    x, y, width, height = face.box
    line = max(2, round(min(drawn.shape[:2]) / 200))
    # The rim shows the box on a picture of its own colour.
    rim = _WHITE if face.emotion is None else _BLACK
    cv2.rectangle(drawn, (x, y), (x + width, y + height), rim, line + 2, cv2.LINE_AA)
    cv2.rectangle(drawn, (x, y), (x + width, y + height), colour_of(face), line, cv2.LINE_AA)


def places(reading: Reading, picture: tuple[int, int], taken: list[Box]) -> Iterator[tuple[Face, _Caption, Box]]:
    """Each face's caption and its bar; the largest face chooses first."""
    taken = list(taken)
    for face in reading.faces:
        others = [other.box for other in reading.faces if other is not face]
        text, bar = _place(face, picture, taken + others)
        taken.append(bar)
        yield face, text, bar


def _place(face: Face, picture: tuple[int, int], taken: list[Box]) -> tuple[_Caption, Box]:
    """The fullest caption that finds room above or below its box, and its bar; the shortest where none does."""
    x, y, width, height = face.box
    fuller_first = captions(face, picture[1])
    for text in fuller_first:
        if text.width > _WIDEST * width and text.one_line and text is not fuller_first[-1]:
            continue
        left = max(0, min(x, picture[0] - text.width))
        for top in (y - text.height, y + height):
            bar = Box(left, top, text.width, text.height)
            if 0 <= top <= picture[1] - text.height and not any(bar.overlap(other) for other in taken):
                return text, bar
    top = y - text.height if y >= text.height else max(0, y)
    return text, Box(left, min(top, picture[1] - text.height), text.width, text.height)


def captions(face: Face, picture_height: int) -> list[_Caption]:
    """Ways to say what is read of a face, the fullest first."""
    large, small = (max(_LEAST, share * picture_height) for share in (_CAPTION, _CAPTION_ON_SMALL_FACES))
    full = [_Caption([face.in_words()], large), _Caption([face.in_words()], small)]
    if face.emotion is None:
        return [*full, _Caption(["unsure", str(face.unsure)], small), _Caption(["unsure"], small)]
    return [*full, _Caption([face.emotion], small)]


def _write(drawn: np.ndarray, text: _Caption, bar: Box, colour: tuple[int, int, int]) -> None:
    cv2.rectangle(drawn, (bar.x, bar.y), (bar.x + bar.width, bar.y + bar.height), colour, cv2.FILLED)
    for number, line in enumerate(text.lines):
        at = (bar.x + text.pad, bar.y + round(1.5 * text.capital * (number + 1)))
        lettering.write(drawn, line, at, text.style, ink_on(colour))
