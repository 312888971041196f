"""Labelled images as a source holds them, before anything is split."""

from dataclasses import dataclass, field

import numpy as np

from device.errors import DataError
from train.data.cut import Taken

TRAINING, VALIDATION, PUBLIC_TEST, PRIVATE_TEST = "Training", "Validation", "PublicTest", "PrivateTest"
USAGES = (TRAINING, VALIDATION, PUBLIC_TEST, PRIVATE_TEST)  # each further from training than the one before


@dataclass(frozen=True)
class Table:
    """N labelled grey images of one size."""

    origin: str  # where they came from, for messages
    images: np.ndarray  # uint8 [N, H, W]
    labels: np.ndarray  # int64 [N], index into names
    names: tuple[str, ...]  # canonical label names
    usage: np.ndarray  # str [N], one of USAGES
    rows: np.ndarray  # int64 [N], row in the source counted from 0, broken rows included
    files: tuple[str, ...] | None = None  # file name of each image, where the source is a folder
    votes: np.ndarray | None = None  # uint8 [N, 10], FER+'s columns; all zero where unknown
    usage_known: bool = True  # False where the source has no split of its own
    broken: tuple[str, ...] = ()  # rows or files that were left out: which, and why
    remarks: tuple[str, ...] = ()  # what else is to be said of the source, a line each
    taken: Taken = field(default_factory=Taken)  # what of its pictures

    @property
    def skipped(self) -> int:
        """How many broken rows or files were left out."""
        return len(self.broken)

    def __len__(self) -> int:
        return len(self.images)


@dataclass
class BrokenRows:
    """What happens to a broken row or file: stop with one line, or skip and count.

    Raises:
        DataError: from `meet`, at the first broken row, unless `skip`.
    """

    skip: bool
    origin: str
    reasons: list[str] = field(default_factory=list)

    def meet(self, where: str, reason: str) -> None:
        if not self.skip:
            raise DataError(f"{self.origin}: {where}: {reason} (mend it, or leave such rows out with --skip-broken)")
        self.reasons.append(f"{where}: {reason}")
