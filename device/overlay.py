"""Draws a reading into a picture. Pure: picture and reading in, picture out."""

import cv2
import numpy as np

from device.contract import Face, Reading

# Blue green red; told apart in brightness too, for those who do not see colours.
COLOURS = {
    "angry": (60, 60, 230),
    "disgust": (60, 140, 60),
    "fear": (190, 90, 160),
    "happy": (50, 210, 250),
    "sad": (210, 130, 50),
    "surprise": (60, 160, 250),
    "neutral": (200, 200, 200),
}
UNSURE = (150, 150, 150)
_OTHER = (230, 230, 90)
_FONT = cv2.FONT_HERSHEY_DUPLEX


def colour_of(face: Face) -> tuple[int, int, int]:
    return UNSURE if face.emotion is None else COLOURS.get(face.emotion, _OTHER)


def caption(face: Face) -> str:
    """`happy 91 %`, or `unsure: close scores`."""
    if face.emotion is None:
        return f"unsure: {face.unsure}"
    return f"{face.emotion} {100 * face.confidence:.0f} %"


def draw(image: np.ndarray, reading: Reading) -> np.ndarray:
    """A copy of `image` (uint8 [H, W, 3] blue green red) with a box and a caption for each face."""
    drawn = image.copy()
    unit = max(1.0, min(drawn.shape[:2]) / 360)  # so that captions read alike on small and large pictures
    for face in reversed(reading.faces):  # the largest face on top
        _draw_face(drawn, face, unit)
    return drawn


def _draw_face(drawn: np.ndarray, face: Face, unit: float) -> None:
    x, y, width, height = face.box
    colour, line = colour_of(face), max(1, round(2 * unit))
    cv2.rectangle(drawn, (x, y), (x + width, y + height), colour, line, cv2.LINE_AA)
    # The reason for being unsure goes to events and console; over a small face it would hide the next one.
    text = caption(face) if face.emotion else "unsure"
    full = cv2.getTextSize(text, _FONT, 0.55 * unit, max(1, round(unit)))[0][0]
    unit *= min(1.0, max(0.65, 1.4 * width / full))  # in a group the captions should not hide each other
    scale, pad = 0.55 * unit, round(4 * unit)
    (text_width, text_height), below = cv2.getTextSize(text, _FONT, scale, max(1, round(unit)))
    bar = text_height + below + 2 * pad
    # Above the box, or inside it where the picture ends; and never over the picture's sides.
    top = y - bar if y >= bar else y
    left = min(max(0, x), max(0, drawn.shape[1] - text_width - 2 * pad))
    cv2.rectangle(drawn, (left, top), (left + text_width + 2 * pad, top + bar), colour, cv2.FILLED)
    ink = (0, 0, 0) if sum(colour) > 330 else (255, 255, 255)
    at = (left + pad, top + pad + text_height)
    cv2.putText(drawn, text, at, _FONT, scale, ink, max(1, round(unit)), cv2.LINE_AA)
