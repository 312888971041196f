"""What a training step is given."""

import numpy as np

from tests import faces_data
from train.learn.batches import Batches
from train.learn.settings import Augmentation

IMAGES, LABELS = faces_data.faces(64)[:2]
TARGETS = np.eye(7, dtype=np.float32)[np.asarray(LABELS) % 7]
STILL = Augmentation(flip=False).scaled(0)


def batches(mixup: float = 0.0, augmentation: Augmentation = STILL) -> Batches:
    return Batches(IMAGES, TARGETS, np.arange(len(IMAGES)), 32, 1, augmentation, mixup)


def test_a_batch_of_an_epoch_is_the_same_in_every_run_and_another_in_the_next_epoch() -> None:
    one, two, later = (batches(0.5, Augmentation()) for _ in range(3))
    later.start_epoch(1)
    for first, again, other in zip(one[0], two[0], later[0], strict=True):
        assert (first == again).all()
        assert (first != other).any()


def test_without_mixup_a_batch_holds_the_images_and_targets_of_its_order() -> None:
    plain = batches()
    images, targets = plain[1]
    assert (images[..., 0] == IMAGES[plain.order[32:64]]).all()
    assert (targets == TARGETS[plain.order[32:64]]).all()


def test_mixup_lays_another_image_over_a_share_of_them_and_mixes_their_targets_alike() -> None:
    mixed = batches(0.5)
    images, targets = mixed[0]
    rows = mixed.order[:32]
    assert images.dtype == np.uint8
    assert np.allclose(targets.sum(axis=1), 1)
    assert ((targets * TARGETS[rows]).sum(axis=1) >= 0.5 - 1e-6).all(), "the first of each pair weighs more"
    touched = (images[..., 0] != IMAGES[rows]).any(axis=(1, 2))
    assert 0.2 < touched.mean() < 0.8
    for number in np.flatnonzero(touched):
        share, other = overlaid(images[number, ..., 0], IMAGES[rows[number]], rows)
        expected = (1 - share) * TARGETS[rows[number]] + share * TARGETS[other]
        assert np.abs(targets[number] - expected).max() < 0.02


def overlaid(mixed: np.ndarray, first: np.ndarray, rows: np.ndarray) -> tuple[float, int]:
    """Which of the batch's images lies over `first`, and with what share: the one that explains every pixel."""
    for row in rows:
        difference = IMAGES[row].astype(float) - first
        share = ((mixed - first.astype(float)) * difference).sum() / max((difference**2).sum(), 1)
        if 0 < share <= 0.5 and np.abs(mixed - (first + share * difference)).max() < 1.5:
            return share, row
    raise AssertionError("no image of the batch explains the mixture")
