"""Class folders: no image is clipped or filled in, and no folder is guessed at."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from device.errors import DataError
from tests import needs
from train.data import read


def test_sixteen_bit_images_are_scaled_not_clipped(tmp_path: Path) -> None:
    for name in ("happy", "sad"):
        (tmp_path / name).mkdir()
        cv2.imwrite(str(tmp_path / name / "deep.png"), np.full((48, 48), 40000, np.uint16))
    assert np.unique(read.read(tmp_path).images).tolist() == [156]


def test_greys_are_those_of_the_file(tmp_path: Path) -> None:
    every = np.arange(256, dtype=np.uint8).reshape(16, 16)
    for name in ("happy", "sad"):
        (tmp_path / name).mkdir()
        cv2.imwrite(str(tmp_path / name / "grey.png"), every)
    assert (read.read(tmp_path, size=16).images == every).all()


@pytest.mark.parametrize("suffix", [".jfif", ".avif"])
def test_a_class_of_rarer_images_is_read_or_refused_by_name(tmp_path: Path, suffix: str) -> None:
    pillow = needs.module("PIL.Image", pip="pillow")
    for label, ending in (("happy", ".png"), ("sad", suffix)):
        (tmp_path / label).mkdir()
        pillow.new("L", (64, 64), 90).save(tmp_path / label / f"a{ending}")
    if suffix == ".avif" and not cv2.haveImageReader(str(tmp_path / "sad" / "a.avif")):
        with pytest.raises(DataError, match=r"sad/a\.avif: is AVIF"):
            read.read(tmp_path)
    else:
        table = read.read(tmp_path)
        assert (table.names, len(table)) == (("happy", "sad"), 2)


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
