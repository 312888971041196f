"""Training is refused where its figures would mean nothing, with the number that is missing."""

from pathlib import Path

import numpy as np
import pytest

from device.errors import DataError
from tests import faces_data
from tests.conftest import error_lines, run_here
from train.data import enough, splits


def write(path: Path, *counts: int, validation: int = 4) -> Path:
    """Faces of as many labels as there are counts, each so often in training."""
    labels = np.repeat(np.arange(len(counts)), counts)
    labels = np.concatenate([labels, np.arange(validation) % len(counts)])
    usage = np.repeat(["Training", "Validation"], [len(labels) - validation, validation])
    names = ["happy", "sad", "fear"][: len(counts)]
    np.savez(path, images=faces_data.faces(len(labels))[0], labels=labels, usage=usage, label_names=names)
    return path


@pytest.mark.parametrize(
    ("counts", "validation", "said"),
    [
        ((20,), 4, "too few labels: all 24 images are 'happy', and at least 2 labels"),
        ((20, 2, 1), 4, "too few images to train on: sad 2, fear 1; at least 3 of each"),
        ((20, 20), 2, "2 in validation, at least 3 are needed"),
    ],
)
def test_too_little_is_refused_with_its_number(
    tmp_path: Path, counts: tuple[int, ...], validation: int, said: str
) -> None:
    with pytest.raises(DataError, match=said) as refused:
        enough.check(splits.load(write(tmp_path / "few.npz", *counts, validation=validation)))
    assert "\n" not in str(refused.value)


def test_one_class_is_refused_before_training_and_the_table_says_why(tmp_path: Path) -> None:
    result = run_here("train", "fit", "--data", write(tmp_path / "one.npz", 30), "--out", tmp_path / "run")
    assert (result.returncode, len(error_lines(result))) == (2, 1)
    assert ["happy", "30", "4", "0"] in [line.split() for line in result.stdout.splitlines()]
    assert not (tmp_path / "run" / "model.keras").exists()


def test_enough_is_enough_and_a_label_that_no_image_bears_is_none(tmp_path: Path) -> None:
    write(tmp_path / "a.npz", 3, 3)
    enough.check(splits.load(tmp_path / "a.npz"))
    with np.load(tmp_path / "a.npz") as arrays:
        np.savez(tmp_path / "b.npz", **{**arrays, "label_names": ["sad", "happy", "nobody"]})
    assert splits.load(tmp_path / "b.npz").names == ("sad", "happy")
