"""What a training step is given: augmented images and soft targets."""

import keras
import numpy as np

from train import ferplus
from train.augment import Augmentation, augment
from train.data import Split


def soft_targets(split: Split, names: tuple[str, ...], ferplus_weight: float) -> np.ndarray:
    """float32 [N, L], rows summing to 1: the own label, mixed with FER+'s votes where they are known.

    An image that FER+ calls no face (more than 5 of 10 votes) gets a row of zeros and is not trained on.
    """
    targets = np.eye(len(names), dtype=np.float32)[split.labels]
    if split.votes is None:
        return targets
    votes = ferplus.for_labels(split.votes, names).astype(np.float32)
    total = votes.sum(axis=1, keepdims=True)
    mixed = np.where(total > 0, (1 - ferplus_weight) * targets + ferplus_weight * votes / np.maximum(total, 1), targets)
    mixed[split.votes[:, ferplus.NOT_A_FACE] > ferplus.MAJORITY] = 0
    return mixed.astype(np.float32)


class Batches(keras.utils.PyDataset):
    """Augmented batches of one epoch; image i of epoch e is the same in every run of one seed.

    Args:
        images: uint8 [N, H, W].
        targets: float32 [N, L].
        chosen: rows of them that are trained on.
        size: images a batch.
    """

    def __init__(
        self,
        images: np.ndarray,
        targets: np.ndarray,
        chosen: np.ndarray,
        size: int,
        seed: int,
        augmentation: Augmentation,
    ):
        super().__init__(workers=1)
        self.images, self.targets, self.chosen = images, targets, chosen
        self.size, self.seed, self.augmentation = size, seed, augmentation
        self.start_epoch(0)

    def start_epoch(self, epoch: int) -> None:
        self.epoch = epoch
        self.order = np.random.default_rng((self.seed, epoch)).permutation(self.chosen)

    def __len__(self) -> int:
        return max(1, len(self.chosen) // self.size)

    def __getitem__(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        rows = self.order[number * self.size : (number + 1) * self.size]
        rng = np.random.default_rng((self.seed, self.epoch, number))
        return augment(self.images[rows], self.augmentation, rng)[..., None], self.targets[rows]
