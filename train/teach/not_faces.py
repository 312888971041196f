"""What looks like a face to Haar's cascade and is none, cut out of pictures as the kiosk cuts faces out.

Nothing of it is kept in the project: the pictures are the user's, and the clutter is drawn.
"""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from device.contract import Box
from device.errors import DataError
from device.faces.haar import WIDEST, Haar
from device.net.card import Card
from device.net.crop import prepare
from device.net.picture import read_picture

FIRM = 5  # neighbours of a box that is taken for a face where people are
_EACH = 8  # boxes of one picture at most
_FRAMES = 5  # of a film, every so manieth
_PHOTOS = (".jpg", ".jpeg", ".png", ".bmp", ".webp")
_DRAWN = 400  # pictures of clutter


def find(empty: list[Path], peopled: list[Path], card: Card) -> tuple[np.ndarray, np.ndarray]:
    """(what is no face, what is one), each uint8 [N, height, width].

    Where nobody is, every box is none, however loosely it was found. Where people are, those are none that touch no
    face, and those inside a face that are less than half of its size: a mouth, an eye. Faces are the firm boxes.

    Args:
        empty: photos, films or folders of them in which nobody is.
        peopled: the same, with people.
        card: how crops are cut out.

    Raises:
        DataError: one of them cannot be read.
    """
    haar, rng = Haar(), np.random.default_rng(0)
    none, faces = [], []
    drawn = (clutter(np.random.default_rng(number)) for number in range(_DRAWN))
    for picture in tqdm([*drawn, *_pictures(empty)], desc="where nobody is", unit=" pictures", leave=False):
        boxes = [box for box, _ in haar.search(picture, 24, max(picture.shape), 0)]
        none += [prepare(picture, box, card) for box in _few(boxes, rng)]
    for picture in tqdm(_pictures(peopled), desc="where people are", unit=" pictures", leave=False):
        firm = [box for box, count in haar.search(picture, 24, max(picture.shape), 1) if count >= FIRM]
        loose = [box for box, _ in haar.search(picture, 24, max(picture.shape), 0)]
        faces += [prepare(picture, box, card) for box in firm]
        if firm:  # where no face was found, one may be hidden
            none += [prepare(picture, box, card) for box in _few([b for b in loose if _is_none(b, firm)], rng)]
    return _stack(none, card), _stack(faces, card)


def clutter(rng: np.random.Generator) -> np.ndarray:
    """uint8 [240, 320]: edges, spots and stripes in any light, as rooms have them."""
    picture = np.full((240, 320), rng.integers(40, 216), np.uint8)
    for _ in range(rng.integers(8, 40)):
        centre, size = (int(n) for n in rng.integers(0, (320, 240))), int(rng.integers(6, 80))
        x, y = centre
        grey, kind = int(rng.integers(0, 256)), rng.integers(4)
        thick = int(rng.choice([-1, 2, 5]))
        other = (x + int(rng.integers(-80, 80)), y + int(rng.integers(-80, 80)))
        if kind == 0:
            cv2.ellipse(
                picture, (x, y), (size, 1 + int(size * rng.random())), float(rng.integers(180)), 0, 360, grey, thick
            )
        elif kind == 1:
            cv2.rectangle(picture, (x, y), other, grey, thick)
        elif kind == 2:
            cv2.line(picture, (x, y), other, grey, int(rng.integers(1, 12)))
        else:
            for k in range(4):
                cv2.line(picture, (x, y + k * size // 4), (other[0], other[1] + k * size // 4), grey, 1 + size // 16)
    soft = cv2.GaussianBlur(picture, (0, 0), 0.5 + 2.5 * rng.random())
    return np.clip(soft + rng.normal(0, 8 * rng.random(), picture.shape), 0, 255).astype(np.uint8)


def _is_none(box: Box, faces: list[Box]) -> bool:
    for face in faces:
        apart = box.x >= face.x + face.width or face.x >= box.x + box.width
        apart = apart or box.y >= face.y + face.height or face.y >= box.y + box.height
        if not apart and box.width > 0.45 * face.width:
            return False
    return True


def _few(boxes: list[Box], rng: np.random.Generator) -> list[Box]:
    """At most _EACH of them, drawn by lot, no two of one place."""
    kept: list[Box] = []
    for number in rng.permutation(len(boxes)):
        if len(kept) < _EACH and all(boxes[number].overlap(other) < 0.4 for other in kept):
            kept.append(boxes[number])
    return kept


def _stack(crops: list[np.ndarray], card: Card) -> np.ndarray:
    return np.stack(crops) if crops else np.zeros((0, card.height, card.width), np.uint8)


def _pictures(paths: list[Path]) -> Iterator[np.ndarray]:
    """uint8 [H, W] of every photo and of some frames of every film."""
    for path in paths:
        if not path.exists():
            raise DataError(f"{path}: no such photo, film or folder")
        for file in sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]:
            yield from _photo(file) if file.suffix.lower() in _PHOTOS else _film(file)


def _photo(file: Path) -> Iterator[np.ndarray]:
    yield _reduced(cv2.cvtColor(read_picture(file), cv2.COLOR_BGR2GRAY))


def _film(file: Path) -> Iterator[np.ndarray]:
    film, frame = cv2.VideoCapture(str(file)), 0
    while (read := film.read())[0]:
        if frame % _FRAMES == 0:
            yield _reduced(cv2.cvtColor(read[1], cv2.COLOR_BGR2GRAY))
        frame += 1
    if not frame:
        raise DataError(f"{file}: cannot be read as a film")


def _reduced(picture: np.ndarray) -> np.ndarray:
    factor = max(picture.shape) / WIDEST
    if factor <= 1:
        return picture
    height, width = (round(side / factor) for side in picture.shape)
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
