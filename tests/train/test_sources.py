"""The same images come out of every format, and broken rows are met with one clear line."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from device.errors import DataError
from tests import faces_data
from train.data import ferplus, read, splits
from train.data.labels import FER2013

COUNT = 140


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same images as CSV (both editions), class folders and npz."""
    folder = tmp_path_factory.mktemp("formats")
    images, labels = faces_data.faces(COUNT)
    usage = faces_data.usages(COUNT)
    votes = faces_data.votes_for(labels)
    np.savez(folder / "f.npz", images=images, labels=labels, usage=usage, ferplus_votes=votes)
    return {
        "csv": faces_data.write_csv(folder / "fer2013.csv", images, labels, usage),
        "spaced": faces_data.write_csv(folder / "icml_face_data.csv", images, labels, usage, spaced=True),
        "folders": faces_data.write_folders(folder / "tree", images, labels, usage),
        "npz": folder / "f.npz",
        "ferplus": faces_data.write_ferplus(folder / "fer2013new.csv", votes, usage),
    }


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


BROKEN_ROWS = {
    "wrong pixel count": ("3", " ".join(["7"] * 2303), "Training", "2303 pixels instead of 2304"),
    "label out of range": ("7", " ".join(["7"] * 2304), "Training", "emotion '7'"),
    "label no number": ("happy", " ".join(["7"] * 2304), "Training", "emotion 'happy'"),
    "pixel no number": ("3", " ".join(["7"] * 2303 + ["x9"]), "Training", "pixel 'x9'"),
    "negative pixel": ("3", " ".join(["7"] * 2303 + ["-9"]), "Training", "pixel '-9'"),
    "pixel too large": ("3", " ".join(["7"] * 2303 + ["256"]), "Training", "pixel 256 is over 255"),
    "no pixels": ("3", "", "Training", "0 pixels"),
    "unknown usage": ("3", " ".join(["7"] * 2304), "Train", "Usage 'Train'"),
    "pixel beyond 32 bits": ("3", " ".join(["7"] * 2303 + ["4294967296"]), "Training", "is over 255"),
    "pixel beyond 64 bits": ("3", " ".join(["7"] * 2303 + ["9" * 20]), "Training", "is over 255"),
    "an endless field": ("3", "7" * 200_000, "Training", "1 pixels"),
    "cut off": ("3", "7 7 7", "", "3 pixels"),
}


@pytest.mark.parametrize("name", BROKEN_ROWS)
def test_a_broken_row_stops_the_run_or_is_skipped_and_counted(
    everything: dict[str, Path], tmp_path: Path, name: str
) -> None:
    label, pixels, usage, reason = BROKEN_ROWS[name]
    lines = everything["csv"].read_text().splitlines()
    lines.insert(8, f"{label},{pixels},{usage}")
    path = tmp_path / "fer2013.csv"
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(DataError, match="row 7") as error:
        read.read(path)
    assert reason in str(error.value)
    assert "\n" not in str(error.value)
    table = read.read(path, skip_broken=True)
    assert (len(table), table.skipped) == (COUNT, 1)


def test_headers_in_any_case_and_blank_lines(everything: dict[str, Path], tmp_path: Path) -> None:
    lines = everything["csv"].read_text().splitlines()
    path = tmp_path / "fer2013.csv"
    path.write_text("\ufeffEmotion,PIXELS,usage\r\n" + "\r\n".join([*lines[1:9], "", *lines[9:], ""]) + "\r\n")
    assert splits.load(path).report == splits.load(everything["csv"]).report


def test_without_a_usage_column_everything_is_training_and_it_is_said(
    everything: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [line.rsplit(",", 1)[0] for line in everything["csv"].read_text().splitlines()]
    path = tmp_path / "train.csv"
    path.write_text("\n".join(lines) + "\n")
    assert len(splits.load(path).test) == 0
    assert "no Usage column" in capsys.readouterr().out


def test_sixteen_bit_images_are_refused_not_clipped(tmp_path: Path) -> None:
    for name in ("happy", "sad"):
        (tmp_path / name).mkdir()
        cv2.imwrite(str(tmp_path / name / "deep.png"), np.full((48, 48), 40000, np.uint16))
    with pytest.raises(DataError, match="8-bit"):
        read.read(tmp_path)


def test_votes_fit_their_rows_behind_a_skipped_one(everything: dict[str, Path], tmp_path: Path) -> None:
    lines = everything["csv"].read_text().splitlines()
    lines[8] = lines[8].replace(" ", " x", 1)
    path = tmp_path / "fer2013.csv"
    path.write_text("\n".join(lines) + "\n")
    loaded = splits.load(path, everything["ferplus"], skip_broken=True)
    assert len(loaded.all) == COUNT - 1
    assert (ferplus.consensus(loaded.all.votes, FER2013) == loaded.all.labels).all()


@pytest.mark.parametrize("damage", ["truncated", "text", "empty"])
def test_an_unreadable_image_is_named_or_skipped(everything: dict[str, Path], tmp_path: Path, damage: str) -> None:
    good = next(everything["folders"].rglob("*.png")).read_bytes()
    for name in ("happy", "sad"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "good.png").write_bytes(good)
    content = {"truncated": good[: len(good) // 2], "text": b"not an image", "empty": b""}[damage]
    (tmp_path / "sad" / "bad.png").write_bytes(content)
    with pytest.raises(DataError, match=r"sad/bad\.png"):
        read.read(tmp_path)
    assert read.read(tmp_path, skip_broken=True).skipped == 1


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


def test_a_strange_folder_beside_train_and_test_is_refused(everything: dict[str, Path], tmp_path: Path) -> None:
    good = next(everything["folders"].rglob("*.png")).read_bytes()
    for name in ("train/happy", "validation/happy"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "a.png").write_bytes(good)
    with pytest.raises(DataError, match="validation"):
        read.read(tmp_path)
