"""Augmentation: repeatable, in range, and only what the settings allow."""

import dataclasses

import numpy as np

from tests import faces_data
from train.learn.augment import augment
from train.learn.settings import Augmentation

IMAGES = faces_data.faces(40)[0]
STILL = Augmentation(flip=False).scaled(0)


def test_the_same_generator_state_gives_the_same_images() -> None:
    first, second, other = (augment(IMAGES, Augmentation(), np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert (first == second).all()
    assert (first != other).any()
    assert (first.shape, first.dtype) == (IMAGES.shape, np.uint8)


def test_strength_zero_changes_nothing() -> None:
    assert (augment(IMAGES, STILL, np.random.default_rng(1)) == IMAGES).all()


def test_flip_mirrors_about_half_of_the_images_and_nothing_else() -> None:
    flipped = augment(IMAGES, Augmentation().scaled(0), np.random.default_rng(1))
    mirrored = [(one == two[:, ::-1]).all() for one, two in zip(flipped, IMAGES, strict=True)]
    same = [(one == two).all() for one, two in zip(flipped, IMAGES, strict=True)]
    assert all(np.logical_xor(mirrored, same))
    assert 0.25 < np.mean(mirrored) < 0.75


def test_erasing_blanks_one_rectangle() -> None:
    erased = augment(IMAGES, dataclasses.replace(STILL, erase=1.0), np.random.default_rng(1))
    changed = (erased != IMAGES).mean(axis=(1, 2))
    assert (changed > 0.005).all()
    assert (changed < 0.2).all()
