"""The same images come out of every format, and what is no data is met with one clear line."""

from pathlib import Path

import numpy as np
import pytest

from device.errors import DataError
from train.data import read, splits
from train.data.labels import FER2013


@pytest.mark.parametrize("kind", ["spaced", "folders", "npz"])
def test_every_format_gives_the_same_images_per_split(everything: dict[str, Path], kind: str) -> None:
    from_csv, other = splits.load(everything["csv"]), splits.load(everything[kind])
    assert from_csv.names == other.names == FER2013
    for split in splits.SPLITS:
        one, two = getattr(from_csv, split), getattr(other, split)
        assert len(one) > 0
        order_one, order_two = np.argsort(one.keys), np.argsort(two.keys)
        assert (one.images[order_one] == two.images[order_two]).all()
        assert (one.labels[order_one] == two.labels[order_two]).all()


def test_what_is_no_data_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello")
    (tmp_path / "b.csv").write_text("a,b\n1,2\n")
    (tmp_path / "c.npz").write_bytes(b"PK\x03\x04 cut off")
    (tmp_path / "empty").mkdir()
    for name in ("a.txt", "b.csv", "c.npz", "empty", "missing"):
        with pytest.raises(DataError) as error:
            read.read(tmp_path / name)
        assert name in str(error.value)
        assert "\n" not in str(error.value)
