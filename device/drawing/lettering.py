"""Text: how wide it is, and drawn into a picture. ASCII by OpenCV; other letters by Pillow with the system's fonts.

OpenCV's own fonts have no other letters. Pillow is optional, and loaded where such letters are met.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from device.process.safe_names import plain, shown

FOLDERS = (
    "/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "/System/Library/Fonts", "/Library/Fonts",
)  # fmt: skip
# In this order, because the first that has a letter draws it.
_FILES = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "NotoSansCJK-Regular.ttc", "NotoSans*-Regular.*")
_CAPITAL = 0.73  # of a capital of these fonts, as a share of their size; OpenCV's are 21 pixels high at scale 1
_OPENCV_CAPITAL = 21
_NOWHERE = "\U0010ffff"  # what no font has: every font draws its sign for that
_PACKAGES = ("fonts-dejavu-core", "fonts-noto-cjk", "fonts-noto-core")
_CJK = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "IDEOGRAPHIC")  # in the names of their letters
_DEJAVU = ("LATIN", "GREEK", "CYRILLIC")


@dataclass(frozen=True)
class Style:
    """How letters look: one of OpenCV's fonts, its scale, and the width of its strokes in pixels."""

    font: int
    scale: float
    stroke: int


def width(text: str, style: Style) -> int:
    """How wide the text is, pixels."""
    if text.isascii():
        wide: int = cv2.getTextSize(text, style.font, style.scale, style.stroke)[0][0]
        return wide
    return _mask(text, style).shape[1]


def write(picture: np.ndarray, text: str, at: tuple[int, int], style: Style, colour: tuple[int, int, int]) -> None:
    """Draw the text into a picture uint8 [H, W, 3], blue green red; `at` is the left end of its baseline."""
    if text.isascii():
        cv2.putText(picture, text, at, style.font, style.scale, colour, style.stroke, cv2.LINE_AA)
        return
    mask = _mask(text, style)
    left, top = at[0], at[1] - _ascent(style)
    x, y = max(0, -left), max(0, -top)
    place = picture[top + y : top + mask.shape[0], left + x : left + mask.shape[1]]
    share = mask[y : y + place.shape[0], x : x + place.shape[1], None].astype(np.float32) / 255
    place[:] = np.rint(place * (1 - share) + np.array(colour, np.float32) * share).astype(np.uint8)


def lacking(texts: Iterable[str]) -> str:
    """Why some of these texts cannot be drawn whole, with the package that helps; empty where all can."""
    letters = sorted({letter for text in texts for letter in _plain(text) if not letter.isascii()})
    missing = "".join(letter for letter in letters if _font_file(letter) is None)
    if not missing:
        return ""
    return f"no font here has {missing[:8]}, which pictures show in ASCII: {_cure(missing)}"


def _cure(missing: str) -> str:
    if _pillow() is None:
        return "sudo apt install python3-pil, or pip install pillow"
    kinds = [unicodedata.name(letter, "") for letter in missing]
    wanted = {
        _PACKAGES[0] if kind.startswith(_DEJAVU) else _PACKAGES[1] if kind.startswith(_CJK) else _PACKAGES[2]
        for kind in kinds
    }
    return f"sudo apt install {' '.join(sorted(wanted))}"


def _plain(text: str) -> str:
    """One letter for each sign where there is one, and nothing that is no letter."""
    return shown(unicodedata.normalize("NFC", text))


@cache
def _pillow() -> Any:
    try:
        from PIL import ImageFont
    except ImportError:
        return None
    return ImageFont


@cache
def font_files() -> tuple[Path, ...]:
    folders = [path for folder in FOLDERS if (path := Path(folder).expanduser()).is_dir()]
    return tuple(dict.fromkeys(f for name in _FILES for folder in folders for f in sorted(folder.rglob(name))))


@lru_cache(maxsize=4096)
def _font_file(letter: str) -> Path | None:
    """The first font that has a letter."""
    return next((file for file in font_files() if _has(file, letter)), None) if _pillow() else None


def _has(file: Path, letter: str) -> bool:
    font = _font(file, 20)
    return font is not None and (letter.isspace() or _drawn(font, letter) != _drawn(font, _NOWHERE))


def _drawn(font: Any, letter: str) -> bytes:
    return bytes(font.getmask(letter))


@lru_cache(maxsize=64)
def _font(file: Path, size: int) -> Any:
    try:
        return _pillow().truetype(str(file), size)
    except OSError:  # a font that FreeType cannot read
        return None


def _size(style: Style) -> int:
    return max(1, round(_OPENCV_CAPITAL * style.scale / _CAPITAL))


def _ascent(style: Style) -> int:
    """From the baseline up to the top of what is drawn: accents stand above capitals."""
    return round(1.2 * _size(style))


@lru_cache(maxsize=256)
def _mask(text: str, style: Style) -> np.ndarray:
    """How much of each pixel the text covers, uint8 [H, W]; a letter that no font has is written in ASCII."""
    drawn = "".join(letter if letter.isascii() or _font_file(letter) else plain(letter) for letter in _plain(text))
    if drawn.isascii():
        return _ascii_mask(drawn, style)
    home = next(file for letter in drawn if not letter.isascii() and (file := _font_file(letter)))
    parts = []
    for file, letters in groupby(drawn, lambda letter: home if letter.isascii() else _font_file(letter)):
        parts.append(_part("".join(letters), file or home, style))
    return np.hstack(parts)


def _part(text: str, file: Path, style: Style) -> np.ndarray:
    """Letters of one font."""
    from PIL import Image, ImageDraw

    size, ascent = _size(style), _ascent(style)
    font = _font(file, size)
    image = Image.new("L", (max(1, round(font.getlength(text))), ascent + round(0.4 * size)))
    ImageDraw.Draw(image).text((0, ascent), text, 255, font=font, anchor="ls")
    return np.asarray(image)


def _ascii_mask(text: str, style: Style) -> np.ndarray:
    size, ascent = _size(style), _ascent(style)
    mask = np.zeros((ascent + round(0.4 * size), max(1, width(text, style))), np.uint8)
    cv2.putText(mask, text, (0, ascent), style.font, style.scale, 255, style.stroke, cv2.LINE_AA)
    return mask


def forget() -> None:
    """Look for fonts and for Pillow anew when they are needed next."""
    for remembered in (_pillow, font_files, _font_file, _font, _mask):
        remembered.cache_clear()
