"""Folders as data sets have them: each image gets its label and its split, or the line says what was found."""

from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest

from device.errors import DataError
from train.data import layout, read, splits


def place(root: Path, *files: str) -> Path:
    """Empty files at these paths: a layout is read from names alone."""
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).touch()
    return root


def found(root: Path) -> list[tuple[str, str, str]]:
    """(file name, label, usage) of each image."""
    return [(image.file.name, image.label, image.usage) for image in layout.find(root).images]


@pytest.mark.parametrize(
    ("pattern", "train", "validation", "test", "private"),
    [
        ("{split}/{label}", "train", "validation", "test", "private"),
        ("{split}/{label}", "Train", "val", "Test", "PrivateTest"),
        ("archive/images/{split}/{label}", "Training", "valid", "PublicTest", "PrivateTest"),
        ("{split}/images/{label}", "TRAIN", "Val", "TEST", "Private_Test"),
        ("{label}/{split}", "training", "validation", "testing", "private"),
        ("{split}/{split}/{label}/S001", "train", "dev", "test", "private-test"),
    ],
)
def test_splits_in_any_case_and_depth(
    tmp_path: Path, pattern: str, train: str, validation: str, test: str, private: str
) -> None:
    splits_by_folder = {train: "Training", validation: "Validation", test: "PublicTest", private: "PrivateTest"}
    for split in splits_by_folder:
        for label in ("Happy", "sadness"):
            place(tmp_path, f"{pattern.format(split=split, label=label)}/{split}-{label}.jpg")
    wanted = {
        (f"{split}-{label}.jpg", name, usage)
        for split, usage in splits_by_folder.items()
        for label, name in (("Happy", "happy"), ("sadness", "sad"))
    }
    assert set(found(tmp_path)) == wanted
    assert len(found(tmp_path)) == 8


def test_private_test_is_kept_out_by_the_name_of_the_file_too(tmp_path: Path) -> None:
    """Kaggle's test/ mixes both, and some have sorted FER-2013 by label alone."""
    place(tmp_path / "kaggle", "test/happy/PublicTest_1.jpg", "test/sad/PrivateTest_22.jpg", "train/sad/Training_3.jpg")
    assert found(tmp_path / "kaggle") == [
        ("PublicTest_1.jpg", "happy", "PublicTest"),
        ("PrivateTest_22.jpg", "sad", "PrivateTest"),
        ("Training_3.jpg", "sad", "Training"),
    ]
    place(tmp_path / "mixed", "happy/PublicTest_1.jpg", "happy/privatetest_2.jpg", "sad/Training_3.jpg")
    assert [usage for _, _, usage in found(tmp_path / "mixed")] == ["PublicTest", "PrivateTest", "Training"]
    place(tmp_path / "wrong", "train/happy/PrivateTest_9.png", "train/sad/a.png")
    assert found(tmp_path / "wrong")[0][2] == "PrivateTest"


def test_a_split_that_is_named_alone_stays_that_split(tmp_path: Path) -> None:
    place(tmp_path, "PrivateTest/happy/a.png", "PrivateTest/sad/b.png", "Training/sad/c.png")
    assert {usage for _, _, usage in found(tmp_path / "PrivateTest")} == {"PrivateTest"}
    place(tmp_path / "alone", "test/happy/a.png", "test/sad/b.png")  # nothing beside it: anyone's folder for trying
    assert {usage for _, _, usage in found(tmp_path / "alone" / "test")} == {"Training"}


def test_what_a_system_has_hidden_there_is_no_class(tmp_path: Path) -> None:
    hidden = ("train/.ipynb_checkpoints/a-checkpoint.png", "__MACOSX/train/happy/._a.png", ".cache/x/a.png")
    place(tmp_path, "train/happy/a.png", "train/happy/._a.png", "train/sad/b.png", "test/sad/c.png", *hidden)
    assert [name for name, _, _ in found(tmp_path)] == ["c.png", "a.png", "b.png"]


def test_a_persons_folder_belongs_to_its_label(tmp_path: Path) -> None:
    place(tmp_path, "happy/S001/a.png", "happy/S002/x/b.png", "sad/S001/c.png", "sad/d.png")
    assert Counter(label for _, label, _ in found(tmp_path)) == {"happy": 2, "sad": 2}
    place(tmp_path / "one", "happy/S001/a.png", "happy/S002/b.png")
    assert {label for _, label, _ in found(tmp_path / "one")} == {"happy"}


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (("train/happy/a.png", "extra/happy/b.png"), r"beside train/ stands extra/: is it a class or a split"),
        (("happy/train/a.png", "happy/S001/b.png", "sad/train/c.png"), r"happy: beside train/ stands S001/"),
        (("train/a.png", "train/b.png", "test/c.png"), r"3 images \(.*\) are in no class folder"),
        (("happy/a.png", "sad/b.png", "title.jpg"), r"1 image \(title.jpg\) is in no class folder: .*happy, sad"),
        (("S001/happy/a.png", "S002/sad/b.png"), "happy/ lies below S001/"),
        (("ck/anger/a.png", "fer/angry/b.png"), "anger/ lies below ck/"),
        (("happy/a.png", "sad/b.png", "disgust/c.npy", "disgust/d.npy"), r"disgust/ holds no image, only 2 \.npy"),
        (("happy/a.npy", "sad/b.npy"), r"no images in class folders: .*found only 2 \.npy"),
        ((), "found nothing"),
    ],
)
def test_what_cannot_be_told_is_refused_with_what_was_found(tmp_path: Path, files: tuple[str, ...], said: str) -> None:
    with pytest.raises(DataError, match=said) as refused:
        layout.find(place(tmp_path, *files))
    assert "\n" not in str(refused.value)


def test_what_is_left_out_is_said(tmp_path: Path) -> None:
    place(tmp_path, "happy/a.png", "sad/b.png", "notes/read.txt", "happy/Thumbs.db", "labels.csv")
    (tmp_path / "fear").mkdir()
    assert layout.find(tmp_path).remarks == [
        "notes/ is left out: it holds no image, only 1 .txt",
        "fear/ is left out: it is empty",
        "left out as no images: 1 .db, 1 .csv",
    ]


def test_a_link_that_leads_round_ends(tmp_path: Path) -> None:
    place(tmp_path, "happy/a.png", "sad/b.png")
    (tmp_path / "sad" / "again").symlink_to(tmp_path)
    assert len(found(tmp_path)) == 2


def test_a_validation_of_its_own_is_what_is_chosen_on(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for split, count in (("Train", 30), ("val", 6), ("Test", 4)):
        for number in range(count):
            folder = tmp_path / split / ("happy", "sad")[number % 2]
            folder.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(folder / f"{number}.png"), rng.integers(0, 256, (48, 48), np.uint8))
    data = splits.split(read.read(tmp_path))
    assert [len(split) for split in (data.train, data.validation, data.test)] == [30, 6, 4]
    lines = splits.describe(data).splitlines()
    assert [line.split() for line in lines[:4]] == [
        ["images", "train", "validation", "test"],
        ["happy", "15", "3", "2"],
        ["sad", "15", "3", "2"],
        ["all", "30", "6", "4"],
    ]
