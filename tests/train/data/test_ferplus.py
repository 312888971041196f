"""FER+'s votes reach the images they were given for, or are refused."""

from pathlib import Path

import numpy as np
import pytest

from device.errors import DataError
from tests import faces_data
from tests.train.data.conftest import COUNT
from train.data import ferplus, read, splits
from train.data.labels import FER2013


@pytest.mark.parametrize("kind", ["csv", "spaced", "folders", "npz"])
def test_votes_reach_their_images_in_every_format(everything: dict[str, Path], kind: str) -> None:
    loaded = splits.load(everything[kind], everything["ferplus"])
    assert (ferplus.consensus(loaded.all.votes, FER2013) == loaded.all.labels).all()


def test_ferplus_image_names_are_joined_by_name(everything: dict[str, Path], tmp_path: Path) -> None:
    _images, labels = faces_data.faces(COUNT)
    folder = tmp_path / "tree" / "happy"
    folder.mkdir(parents=True)
    row = int(np.flatnonzero(labels == FER2013.index("happy"))[0])
    source = next((everything["folders"]).rglob(f"*_{row}.png"))
    (folder / f"fer{row + 5:07d}.png").write_bytes(source.read_bytes())
    (folder / f"fer{row + 12:07d}.png").write_bytes(source.read_bytes())
    (tmp_path / "tree" / "sad").mkdir()
    table = read.read(tmp_path / "tree")
    votes = ferplus.join(table, everything["ferplus"])
    assert votes[0].tolist() == faces_data.votes_for(labels)[row].tolist()


def test_files_that_ferplus_does_not_know_are_refused(everything: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "tree" / "happy"
    folder.mkdir(parents=True)
    source = next(everything["folders"].rglob("*.png"))
    (folder / "Training_10118481.jpg").write_bytes(source.read_bytes())
    with pytest.raises(DataError, match=r"votes cannot be joined.*Training_10118481\.jpg"):
        ferplus.join(read.read(tmp_path / "tree"), everything["ferplus"])


def test_votes_of_other_rows_are_refused(everything: dict[str, Path], tmp_path: Path) -> None:
    _, labels = faces_data.faces(COUNT)
    shifted = np.roll(faces_data.votes_for(labels), 1, axis=0)
    path = faces_data.write_ferplus(tmp_path / "shifted.csv", shifted, faces_data.usages(COUNT))
    with pytest.raises(DataError, match="agree with only"):
        splits.load(everything["csv"], path)


def test_rows_in_another_order_are_refused(everything: dict[str, Path], tmp_path: Path) -> None:
    _, labels = faces_data.faces(COUNT)
    path = faces_data.write_ferplus(
        tmp_path / "back.csv", faces_data.votes_for(labels)[::-1], faces_data.usages(COUNT)[::-1]
    )
    with pytest.raises(DataError, match="rows in another order"):
        splits.load(everything["csv"], path)


def test_votes_fit_their_rows_behind_a_skipped_one(everything: dict[str, Path], tmp_path: Path) -> None:
    lines = everything["csv"].read_text().splitlines()
    lines[8] = lines[8].replace(" ", " x", 1)
    path = tmp_path / "fer2013.csv"
    path.write_text("\n".join(lines) + "\n")
    loaded = splits.load(path, everything["ferplus"], skip_broken=True)
    assert len(loaded.all) == COUNT - 1
    assert (ferplus.consensus(loaded.all.votes, FER2013) == loaded.all.labels).all()


def test_images_that_ferplus_holds_back_are_not_trained_on_where_nothing_else_says_so(
    everything: dict[str, Path], tmp_path: Path
) -> None:
    usages = faces_data.usages(COUNT)
    folder = tmp_path / "tree" / "happy"
    folder.mkdir(parents=True)
    (tmp_path / "tree" / "sad").mkdir()
    source = next(everything["folders"].rglob("*.png"))
    held_back = next(row for row, usage in enumerate(usages) if usage != "Training")
    (folder / f"fer{held_back + 5:07d}.png").write_bytes(source.read_bytes())
    with pytest.raises(DataError, match=r"FER\+ calls 1 of them .*put them into train/ and test/"):
        ferplus.join(read.read(tmp_path / "tree"), everything["ferplus"])


def test_a_votes_file_that_is_no_csv_is_one_line(everything: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "votes.csv").write_bytes("Größe".encode("latin-1"))
    with pytest.raises(DataError, match="is no CSV in UTF-8"):
        ferplus.join(read.read(everything["csv"]), tmp_path / "votes.csv")
