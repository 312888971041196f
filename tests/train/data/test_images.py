"""fer2013.csv to class folders: whole, cheap to repeat, and careful with what it finds there."""

from pathlib import Path

import pytest

from device.errors import UsageError
from tests import faces_data
from tests.conftest import error_lines, run_command
from train.data import splits
from train.data.images import write_class_folders

COUNT = 70


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    images, labels = faces_data.faces(COUNT)
    return faces_data.write_csv(tmp_path / "fer2013.csv", images, labels, faces_data.usages(COUNT))


def test_the_folders_hold_the_csvs_images(csv: Path, tmp_path: Path) -> None:
    assert write_class_folders(csv, tmp_path / "out") == (COUNT, 0)
    one, two = splits.load(csv), splits.load(tmp_path / "out")
    for split in splits.SPLITS:
        assert sorted(getattr(one, split).keys) == sorted(getattr(two, split).keys)
    assert (tmp_path / "out" / "train" / "happy" / "Training_3.png").is_file()
    assert (tmp_path / "out" / "test" / "angry" / "PublicTest_56.png").is_file()


def test_running_again_writes_only_what_is_missing_or_damaged(csv: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_class_folders(csv, out)
    untouched, damaged, missing = sorted(out.rglob("*.png"))[:3]
    before = untouched.stat().st_mtime_ns
    damaged.write_bytes(damaged.read_bytes()[:40])
    missing.unlink()
    assert write_class_folders(csv, out) == (2, COUNT - 2)
    assert untouched.stat().st_mtime_ns == before
    assert write_class_folders(csv, out) == (0, COUNT)


def test_images_of_another_csv_are_left_alone(csv: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "train" / "happy").mkdir(parents=True)
    (out / "train" / "happy" / "Training_99999.png").write_bytes(b"mine")
    with pytest.raises(UsageError, match=r"Training_99999\.png"):
        write_class_folders(csv, out)
    assert [path.name for path in out.rglob("*.png")] == ["Training_99999.png"]


def test_another_csv_does_not_overwrite(csv: Path, tmp_path: Path) -> None:
    write_class_folders(csv, tmp_path / "out")
    images, labels = faces_data.faces(COUNT)
    other = faces_data.write_csv(tmp_path / "other.csv", 255 - images, labels, faces_data.usages(COUNT))
    before = (tmp_path / "out" / "train" / "happy" / "Training_3.png").read_bytes()
    with pytest.raises(UsageError, match="is not from"):
        write_class_folders(other, tmp_path / "out")
    assert (tmp_path / "out" / "train" / "happy" / "Training_3.png").read_bytes() == before


def test_the_command(csv: Path, tmp_path: Path) -> None:
    result = run_command("train", "images", "--data", csv, "--out", tmp_path / "out")
    assert (result.returncode, result.stdout) == (0, f"{tmp_path / 'out'}: wrote 70 images, 0 were there already\n")
    missing = run_command("train", "images", "--data", tmp_path / "no.csv", "--out", tmp_path / "out")
    assert (missing.returncode, len(error_lines(missing))) == (2, 1)
