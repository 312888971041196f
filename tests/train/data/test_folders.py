"""Class folders: no image is clipped or filled in, and no folder is guessed at."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from device.errors import DataError
from train.data import read


def test_sixteen_bit_images_are_refused_not_clipped(tmp_path: Path) -> None:
    for name in ("happy", "sad"):
        (tmp_path / name).mkdir()
        cv2.imwrite(str(tmp_path / name / "deep.png"), np.full((48, 48), 40000, np.uint16))
    with pytest.raises(DataError, match="8-bit"):
        read.read(tmp_path)


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


def test_a_strange_folder_beside_train_and_test_is_refused(everything: dict[str, Path], tmp_path: Path) -> None:
    good = next(everything["folders"].rglob("*.png")).read_bytes()
    for name in ("train/happy", "validation/happy"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "a.png").write_bytes(good)
    with pytest.raises(DataError, match="validation"):
        read.read(tmp_path)
