"""Releases on disk: bounded, mended, readable by all and writable by one."""

import os
from pathlib import Path

import pytest

from device.errors import ModelError
from device.releases import probation, store
from device.releases.activate import activate
from device.releases.store import BUNDLED, Store
from tests.device.releases.conftest import put

pytestmark = pytest.mark.once


def test_old_releases_are_bounded_and_needed_ones_stay(state: Store, release: Path, other: Path) -> None:
    needed = put(state, release)
    for number in range(9):
        made = state.releases / f"{number:064x}"
        made.mkdir()
        os.utime(made, (number, number))
    state.prune({needed, BUNDLED}, 5)
    left = sorted(int(folder.name, 16) for folder in state.releases.iterdir() if folder.name != needed)
    assert left == [5, 6, 7, 8]
    state.load(needed)


def test_the_same_model_again_mends_what_rotted(state: Store, release: Path) -> None:
    name = put(state, release)
    (state.path(name) / "emotion.tflite").write_bytes(b"rotten")
    assert put(state, release) == name
    state.load(name)


def test_the_store_is_readable_by_all_and_writable_by_its_owner_alone(state: Store, release: Path) -> None:
    former = os.umask(0o077)
    try:
        activate(str(release), 1)
    finally:
        os.umask(former)
    for path in (state.folder, state.releases, *state.releases.rglob("*"), state.folder / probation.RECORD_NAME):
        assert path.stat().st_mode & 0o777 == (0o755 if path.is_dir() else 0o644), path
    assert sorted(path.name for path in state.folder.iterdir() if not path.name.startswith(".")) == [
        "activation.json",
        "current",
        "releases",
    ]


def test_a_release_of_absurd_size_or_of_pipes_is_refused(state: Store, release: Path) -> None:
    with (release / "emotion.tflite").open("r+b") as file:
        file.truncate(70_000_000)
    with pytest.raises(ModelError, match="larger than"):
        state.copy_in(release)
    (release / "emotion.tflite").unlink()
    os.mkfifo(release / "emotion.tflite")
    with pytest.raises(ModelError, match="no plain file"):
        state.copy_in(release)
    with pytest.raises(ModelError, match="no release"):
        store.check(release.parent)
