"""What a training step is given: augmented images and their targets."""

import keras
import numpy as np

from train.augment import Augmentation, augment


class Batches(keras.utils.PyDataset):
    """Augmented batches of one epoch; image i of epoch e is the same in every run of one seed.

    Args:
        images: uint8 [N, H, W].
        targets: float32 [N, L], or [N, heads, L].
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
