"""What a training step is given: augmented images and their targets."""

import keras
import numpy as np

from train.learn.augment import augment
from train.learn.settings import Augmentation


class Batches(keras.utils.PyDataset):
    """Augmented batches of one epoch; image i of epoch e is the same in every run of one seed.

    Args:
        images: uint8 [N, H, W].
        targets: float32 [N, L], or [N, heads, L].
        chosen: rows of them that are trained on.
        size: images a batch; one that is not full at the end of an epoch is left out.
        seed: of the order and of every change.
        augmentation: how far images are changed.
        mixup: share of images laid over another of their batch, targets alike.
    """

    def __init__(
        self,
        images: np.ndarray,
        targets: np.ndarray,
        chosen: np.ndarray,
        size: int,
        seed: int,
        augmentation: Augmentation,
        mixup: float = 0.0,
    ):
        super().__init__(workers=1)
        self.images, self.targets, self.chosen = images, targets, chosen
        self.size, self.seed, self.augmentation, self.mixup = size, seed, augmentation, mixup
        self.start_epoch(0)

    def start_epoch(self, epoch: int) -> None:
        """Give the batches of this epoch, counted from 0, from now on."""
        self.epoch = epoch
        self.order = np.random.default_rng((self.seed, epoch)).permutation(self.chosen)

    def __len__(self) -> int:
        return max(1, len(self.chosen) // self.size)

    def __getitem__(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """(images uint8 [size, H, W, 1], targets float32 [size, ...]) of one batch of the epoch."""
        rows = self.order[number * self.size : (number + 1) * self.size]
        rng = np.random.default_rng((self.seed, self.epoch, number))
        images, targets = augment(self.images[rows], self.augmentation, rng), self.targets[rows]
        if self.mixup:
            images, targets = _mixed(images, targets, self.mixup, rng)
        return images[..., None], targets


def _mixed(
    images: np.ndarray, targets: np.ndarray, share: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Mixup (Zhang et al. 2018) of a share of images uint8 [N, H, W] with others of them, and of targets [N, ...].

    The first of a pair weighs at least half: else two images that are each other's partner could give the same mixture
    twice.
    """
    other = rng.permutation(len(images))
    weight = np.where(rng.random(len(images)) < share, rng.uniform(0.5, 1, len(images)), 1).astype(np.float32)

    def mix(values: np.ndarray) -> np.ndarray:
        w = weight.reshape(-1, *[1] * (values.ndim - 1))
        return w * values + (1 - w) * values[other]

    return np.rint(mix(images)).astype(np.uint8), mix(targets)
