"""What looks like a face to the cascade and is none."""

from pathlib import Path

import cv2
import numpy as np

from device.contract import Box
from device.net.card import Card
from tests.drawn import EXPRESSIONS, portrait
from train.teach import not_faces

CARD = Card(("a", "b"), 48, 48, 1.0)


def test_where_people_are_their_faces_are_faces_and_what_touches_none_is_not(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "one.png"), portrait(EXPRESSIONS["happy"], size=300))
    none, faces = not_faces.find([], [tmp_path], CARD)
    assert faces.shape == (1, 48, 48)
    assert none.shape[1:] == (48, 48)
    assert not (none == faces[0]).all(axis=(1, 2)).any()


def test_a_box_in_a_face_is_none_only_where_it_is_small() -> None:
    face = Box(100, 100, 100, 100)
    assert not not_faces._is_none(Box(110, 105, 90, 90), [face])
    assert not_faces._is_none(Box(130, 160, 40, 40), [face])
    assert not_faces._is_none(Box(10, 100, 80, 80), [face])
    assert not not_faces._is_none(Box(30, 100, 80, 80), [face])


def test_clutter_is_the_same_for_the_same_seed_and_looks_like_a_room() -> None:
    one, again, other = (not_faces.clutter(np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert (one == again).all()
    assert (one != other).any()
    assert one.std() > 5
