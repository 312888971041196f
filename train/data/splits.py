"""Labelled images to named splits. Nothing else in the project splits data."""

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from device.errors import DataError
from device.net.card import Card
from train.data import ferplus, read
from train.data.cut import Taken
from train.data.labels import canonical
from train.data.table import PRIVATE_TEST, PUBLIC_TEST, TRAINING, VALIDATION, Table

SPLITS = ("train", "validation", "test")
_NAMED = 5  # of what was left out


@dataclass(frozen=True)
class Split:
    """Images of one split; row i of every array is the same image."""

    images: np.ndarray  # uint8 [N, H, W]
    labels: np.ndarray  # int64 [N], index into the data's names
    votes: np.ndarray | None  # uint8 [N, 10] FER+ votes, all zero where unknown
    keys: np.ndarray  # uint64 [N], hash of each image's pixels

    def __len__(self) -> int:
        return len(self.images)


@dataclass(frozen=True)
class Data:
    """The three splits, everything together, and what was found on the way."""

    names: tuple[str, ...]
    train: Split
    validation: Split
    test: Split
    all: Split  # every row of the source, PrivateTest and dropped ones too
    report: dict[str, int]
    broken: tuple[str, ...] = ()  # rows or files that were left out: which, and why
    remarks: tuple[str, ...] = ()  # what else is to be said of the source, a line each
    taken: Taken = field(default_factory=Taken)  # what of its pictures

    @property
    def of_faces(self) -> bool:
        """Whether a net that learns from it reads faces, and not whole pictures."""
        return self.taken.of_faces(self.names)

    def digest(self) -> str:
        """One for all images, labels, votes and splits, whichever format they came in; in their order."""
        digest = hashlib.blake2b(repr(self.names).encode(), digest_size=16)
        for part in (self.train, self.validation, self.test, self.all):
            for array in (part.keys, part.labels, part.votes):
                digest.update(b"|" if array is None else array.tobytes() + b"|")
        return digest.hexdigest()

    def split(self, name: str | None) -> tuple[str, Split]:
        """A split by name; without one, the first of test, validation and all that holds images.

        Raises:
            DataError: that split is empty.
        """
        if name is None:
            name = next(n for n in ("test", "validation", "all") if len(getattr(self, n)))
        chosen: Split = getattr(self, name)
        if not len(chosen):
            there = ", ".join(f"{n} ({len(getattr(self, n))})" for n in (*SPLITS, "all") if len(getattr(self, n)))
            raise DataError(f"no image in split {name!r}; there are: {there}. Choose one with --split")
        return name, chosen


def load(
    path: Path,
    ferplus_csv: Path | None = None,
    size: int = read.SIDE,
    skip_broken: bool = False,
    crop: str = "auto",
    card: Card | None = None,
) -> Data:
    """Read PATH in any of its formats, join FER+ votes where given, and split.

    Args:
        size: of the images, pixels, both ways.
        crop: what of each picture is taken (see train.data.cut).
        card: of the model that is to see them, whose crop they get; by default that of the nets that are trained here.

    Raises:
        DataError: broken rows (unless `skip_broken`), votes that cannot be joined, nothing usable.
    """
    table = read.read(path, size, skip_broken, crop, card)
    if ferplus_csv is not None:
        table = replace(table, votes=ferplus.join(table, ferplus_csv))
    return split(table)


def split(table: Table) -> Data:
    """Training's images to train and validation, PublicTest's to test; PrivateTest is in none of them.

    Where the source has no validation of its own, that is the tenth of Training whose pixel hash is a multiple of ten:
    the same images whichever format they came in, and pixel-identical twins fall on one side. From train are dropped:
    images that are pixel-identical to one of validation, test or PrivateTest, and images of one constant colour.
    """
    table = _of_labels_it_has(table)
    keys = pixel_keys(table.images)
    pool, test = table.usage == TRAINING, table.usage == PUBLIC_TEST
    validation = table.usage == VALIDATION
    if not validation.any():
        validation = pool & (keys % np.uint64(10) == 0)
    candidates = pool & ~validation
    constant = table.images.min(axis=(1, 2)) == table.images.max(axis=(1, 2))
    in_validation = candidates & np.isin(keys, keys[validation])
    in_test = candidates & np.isin(keys, keys[test])
    in_private = candidates & np.isin(keys, keys[table.usage == PRIVATE_TEST])
    train = candidates & ~constant & ~in_validation & ~in_test & ~in_private

    def take(mask: np.ndarray) -> Split:
        votes = None if table.votes is None else table.votes[mask]
        return Split(table.images[mask], table.labels[mask], votes, keys[mask])

    report = {
        "rows_skipped_as_broken": table.skipped,
        "private_test_kept_out": int((table.usage == PRIVATE_TEST).sum()),
        "twins_inside_training": _extra(keys[pool]),
        "twins_inside_training_with_different_labels": _ambiguous(keys[pool], table.labels[pool]),
        "twins_inside_test": _extra(keys[test]),
        "training_images_also_in_test": int((pool & np.isin(keys, keys[test])).sum()),
        "test_images_also_in_training": int((test & np.isin(keys, keys[pool])).sum()),
        "dropped_from_train_as_in_test": int(in_test.sum()),
        "dropped_from_train_as_in_validation": int(in_validation.sum()),
        "dropped_from_train_as_in_private_test": int((in_private & ~in_test).sum()),
        "dropped_from_train_as_constant": int((candidates & constant & ~in_test & ~in_validation & ~in_private).sum()),
        "train": int(train.sum()),
        "validation": int(validation.sum()),
        "test": int(test.sum()),
    }
    everything = np.ones(len(table), dtype=bool)
    parts = (take(train), take(validation), take(test), take(everything))
    return Data(table.names, *parts, report, table.broken, table.remarks, table.taken)


def _of_labels_it_has(table: Table) -> Table:
    """The table without the names that no image bears: a net would get an answer for each that is never right."""
    present = np.unique(table.labels)
    names = tuple(table.names[number] for number in present)
    return replace(table, names=names, labels=np.searchsorted(present, table.labels))


def describe(data: Data) -> str:
    """What there is, for a person: a table of labels by split, and what was found on the way."""
    width = max(8, *(len(name) + 1 for name in data.names))
    lines = [f"{'images':<{width}}" + "".join(f"{name:>12}" for name in SPLITS)]
    counts = [np.bincount(getattr(data, name).labels, minlength=len(data.names)) for name in SPLITS]
    for name, row in zip(data.names, zip(*counts, strict=True), strict=True):
        lines.append(f"{name:<{width}}" + "".join(f"{count:>12,}" for count in row))
    lines.append(f"{'all':<{width}}" + "".join(f"{int(count.sum()):>12,}" for count in counts))
    report = data.report
    lines += [f"  {report[key]:6,}  {key.replace('_', ' ')}" for key in report if key not in SPLITS and report[key]]
    lines += [f"  left out: {reason}" for reason in data.broken[:_NAMED]]
    if len(data.broken) > _NAMED:
        lines.append(f"  left out: {len(data.broken) - _NAMED:,} more")
    return "\n".join([*lines, *(f"  {remark}" for remark in data.remarks), data.taken.describe()])


def pixel_keys(images: np.ndarray) -> np.ndarray:
    """uint64 [N]: the first 8 bytes of BLAKE2b over each image's pixels (uint8 [N, H, W], row by row)."""
    digests = (hashlib.blake2b(np.ascontiguousarray(image).data, digest_size=8).digest() for image in images)
    return np.frombuffer(b"".join(digests), dtype=">u8").astype(np.uint64)


def relabel(labels: np.ndarray, names: tuple[str, ...], wanted: tuple[str, ...]) -> np.ndarray:
    """Labels int [N], index into `names`, as int64 [N], index into a model's labels; they meet by name.

    Raises:
        DataError: the data has images of a label that the model does not know.
    """
    index = {canonical(name): number for number, name in enumerate(wanted)}
    present = np.unique(labels)
    unknown = [names[number] for number in present if names[number] not in index]
    if unknown:
        raise DataError(f"the data is labelled {unknown[0]!r}, which the model does not know ({', '.join(wanted)})")
    lookup = np.array([index.get(name, -1) for name in names], dtype=np.int64)
    return lookup[labels]


def _extra(keys: np.ndarray) -> int:
    return len(keys) - len(np.unique(keys))


def _ambiguous(keys: np.ndarray, labels: np.ndarray) -> int:
    """Images that have a pixel-identical twin with another label."""
    pairs = np.unique(np.stack([keys, labels.astype(np.uint64)], axis=1), axis=0)
    distinct, count = np.unique(pairs[:, 0], return_counts=True)
    return int(np.isin(keys, distinct[count > 1]).sum())
