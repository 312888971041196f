"""Teachers' answers to the training images, kept in one file: an ensemble's knowledge without the ensemble."""

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from tqdm import tqdm

from device.errors import DataError, ModelError
from device.process import whole_file
from train.data.splits import Split
from train.learn.augment import augment
from train.learn.settings import Augmentation

# Each teacher answers as the mean over these many views of an image: itself, mirrored, and both again a little moved.
_MOVES = Augmentation(flip=False, contrast=0, brightness=0, blur=0, noise=0, erase=0).scaled(0.4)


@dataclass(frozen=True)
class SoftLabels:
    """Probabilities that the teachers give to N images and L labels; row i of every array is the same image."""

    names: tuple[str, ...]
    keys: np.ndarray  # uint64 [N], hash of the image's pixels (train.data.splits.pixel_keys), rising
    own: np.ndarray  # float16 [N, L], of the data set's own labels
    votes: np.ndarray  # float16 [N, L], of FER+'s votes
    teachers: list[dict[str, Any]]  # how each was trained, and its validation figures

    def of(self, keys: np.ndarray, names: tuple[str, ...], ferplus_share: float) -> tuple[np.ndarray, np.ndarray]:
        """(known bool [N], probabilities float64 [N, L] of own labels and votes mixed) for images by key.

        Args:
            keys: uint64 [N], in any order.
            names: the labels that are wanted, in the teachers' order.
            ferplus_share: of the votes in the mixture, 0 to 1.

        Raises:
            DataError: the teachers know other labels, or none of the images.
        """
        known, heads = self.of_heads(keys, names)
        return known, (1 - ferplus_share) * heads[:, 0] + ferplus_share * heads[:, 1]

    def of_heads(self, keys: np.ndarray, names: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
        """(known bool [N], probabilities float64 [N, 2, L] of own labels and of votes) for images by key.

        Raises:
            DataError: the teachers know other labels, or none of the images.
        """
        if names != self.names:
            raise DataError(f"the teachers know {', '.join(self.names)}, the data is labelled {', '.join(names)}")
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        known = self.keys[place] == keys
        if not known.any():
            raise DataError("the teachers answered to none of these images: `train teach` them on the same --data")
        heads = np.stack([self.own[place], self.votes[place]], axis=1).astype(np.float64)
        return known, heads / heads.sum(axis=2, keepdims=True)

    def write(self, path: Path) -> None:
        """One compressed .npz; a kill leaves the former file whole."""
        meta = json.dumps({"names": self.names, "teachers": self.teachers})
        with whole_file.partial(path) as new, new.open("wb") as file:
            np.savez_compressed(
                file, allow_pickle=False, keys=self.keys, own=self.own, votes=self.votes, meta=np.array(meta)
            )

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raises DataError: missing, or not such a file."""
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
                meta = json.loads(str(archive["meta"]))
                keys, own, votes = archive["keys"], archive["own"], archive["votes"]
            if not len(keys) or not own.shape == votes.shape == (len(keys), len(meta["names"])):
                raise ValueError("its arrays do not fit each other")
            return cls(tuple(meta["names"]), keys, own, votes, meta["teachers"])
        except OSError as error:
            raise DataError(f"{path}: cannot be read ({error.strerror})") from error
        except (EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
            raise DataError(f"{path}: not soft labels ({error}); `python -m train teach` writes them") from error


def ask(models: list[Path], split: Split, names: tuple[str, ...]) -> SoftLabels:
    """The mean answer of trained teachers to every image of `split`, each image once.

    Args:
        models: .keras files of two-headed nets.
        names: the data's labels, in the order of the answers.

    Raises:
        ModelError: not a teacher, or of other labels.
    """
    from train.net import trained

    views = [split.images, augment(split.images, _MOVES, np.random.default_rng(1))]
    views += [np.ascontiguousarray(view[:, :, ::-1]) for view in views]
    total = np.zeros((len(split), 2, len(names)))
    described: list[dict[str, Any]] = []
    for path in models:
        model = trained.load(path)
        if model.heads != 2 or model.labels != names:
            raise ModelError(f"{path}: is no teacher of {', '.join(names)}: train one with --model teacher")
        for view in tqdm(views, desc=f"asking {path.parent.name}", unit=" views"):
            total += trained.head_probabilities(model.keras, model.seen(view))
        facts = model.training
        described.append({key: facts[key] for key in ("command", "settings", "validation") if key in facts})
    mean = (total / (len(models) * len(views))).astype(np.float16)
    order = np.unique(split.keys, return_index=True)[1]  # by rising key, and of twins one
    return SoftLabels(names, split.keys[order], mean[order, 0], mean[order, 1], described)
