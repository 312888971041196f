"""An .npz: arrays that do not fit are refused, and labels meet by name."""

from pathlib import Path

import numpy as np
import pytest

from device.errors import DataError
from tests import faces_data
from tests.train.data.conftest import COUNT
from train.data import read, splits
from train.data.labels import FER2013


def test_npz_rows_out_of_range_are_named_or_skipped(tmp_path: Path) -> None:
    images, labels = faces_data.faces(COUNT)
    wrong = labels.copy()
    wrong[5] = 7
    np.savez(tmp_path / "f.npz", images=images, labels=wrong)
    with pytest.raises(DataError, match="row 5: label 7"):
        read.read(tmp_path / "f.npz")
    assert len(read.read(tmp_path / "f.npz", skip_broken=True)) == COUNT - 1


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        ({"labels": np.zeros(3, int)}, "no array 'images'"),
        ({"images": np.zeros((3, 48, 48)), "labels": np.zeros(3, int)}, "uint8"),
        ({"images": np.zeros((3, 48, 48), np.uint8), "labels": np.zeros(3)}, "whole numbers"),
        ({"images": np.zeros((3, 48, 48), np.uint8), "labels": np.zeros(4, int)}, "do not fit"),
        ({"images": np.uint8(3), "labels": np.zeros(4, int)}, "uint8"),
        ({"images": np.zeros((3, 0, 0), np.uint8), "labels": np.zeros(3, int)}, "uint8"),
        ({"images": np.zeros((1, 9, 9), np.uint8), "labels": np.zeros(1, int), "label_names": ["a", "A"]}, "twice"),
        (
            {
                "images": np.zeros((1, 9, 9), np.uint8),
                "labels": np.zeros(1, int),
                "ferplus_votes": -np.ones((1, 10), int),
            },
            "from 0 to 255",
        ),
    ],
)
def test_an_npz_of_other_arrays_is_refused(tmp_path: Path, arrays: dict[str, np.ndarray], reason: str) -> None:
    np.savez(tmp_path / "f.npz", **arrays)
    with pytest.raises(DataError, match=reason):
        read.read(tmp_path / "f.npz")


def test_label_names_of_an_npz_meet_by_name(tmp_path: Path) -> None:
    images, _ = faces_data.faces(COUNT)
    np.savez(tmp_path / "f.npz", images=images, labels=np.arange(COUNT) % 2, label_names=["Happiness", "anger"])
    table = read.read(tmp_path / "f.npz")
    assert table.names == ("happy", "angry")
    assert splits.relabel(table.labels[:2], table.names, FER2013).tolist() == [3, 0]
    with pytest.raises(DataError, match=r"'happy'.*does not know"):
        splits.relabel(table.labels, table.names, ("angry", "sad"))
