"""The least that training can stand on: below it, a net and its figures would mean nothing."""

import numpy as np

from device.errors import DataError
from train.data.splits import Data

LEAST_LABELS = 2  # a net that knows one answer gives it always
LEAST_TRAINED = 3  # images of each label to train on
LEAST_VALIDATION = 3  # images to choose the best epoch on


def check(data: Data) -> None:
    """Raise DataError where there are too few labels, images of one, or images to choose on."""
    if len(data.names) < LEAST_LABELS:
        raise DataError(
            f"too few labels: all {len(data.all):,} images are {data.names[0]!r}, and at least {LEAST_LABELS} labels "
            "are needed to tell apart: expected a folder for each"
        )
    counts = np.bincount(data.train.labels, minlength=len(data.names))
    few = [f"{name} {count}" for name, count in zip(data.names, counts, strict=True) if count < LEAST_TRAINED]
    if few:
        raise DataError(
            f"too few images to train on: {', '.join(few)}; at least {LEAST_TRAINED} of each label are needed: "
            "add some, or take the label out of the data"
        )
    if len(data.validation) < LEAST_VALIDATION:
        raise DataError(
            f"too few images to choose the best epoch on: {len(data.validation)} in validation, at least "
            f"{LEAST_VALIDATION} are needed: add some, or a folder val/ (else some tenth of training serves)"
        )
