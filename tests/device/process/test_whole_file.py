"""Files are whole or as they were, and a failed write leaves nothing beside them."""

import errno
import os
import stat
from pathlib import Path

import pytest

from device.process import whole_file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file.json"
    path.write_bytes(b"former")
    return path


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_content_takes_the_place_of_the_former(file: Path) -> None:
    whole_file.write(file, b"new")
    assert file.read_bytes() == b"new"
    whole_file.write(file, b"unsynced", synced=False)
    assert file.read_bytes() == b"unsynced"
    whole_file.write_json(file, {"a": [1]})
    assert file.read_text() == '{\n  "a": [\n    1\n  ]\n}\n'
    assert list(file.parent.iterdir()) == [file]


def test_a_mode_follows_the_umask_unless_it_is_asked_for(file: Path) -> None:
    former = os.umask(0o077)
    try:
        whole_file.write(file, b"mine")
        assert mode_of(file) == 0o600
        whole_file.write(file, b"everyone's", mode=0o644)
        assert mode_of(file) == 0o644
    finally:
        os.umask(former)


def test_a_disk_that_is_full_leaves_the_former(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        whole_file.write(file, b"new")
    with pytest.raises(OSError, match="No space left"), whole_file.partial(file) as new:
        new.write_bytes(b"new")
    assert file.read_bytes() == b"former"
    assert list(file.parent.iterdir()) == [file]


def test_a_writer_of_its_own_gets_a_name_of_its_suffix(file: Path) -> None:
    with whole_file.partial(file, suffix=".json") as new:
        assert (new.suffix, new.parent) == (".json", file.parent)
        new.write_bytes(b"new")
        assert file.read_bytes() == b"former"
    assert file.read_bytes() == b"new"
    with pytest.raises(KeyboardInterrupt):
        write_half(file)
    assert file.read_bytes() == b"new"
    assert list(file.parent.iterdir()) == [file]


def write_half(path: Path) -> None:
    with whole_file.partial(path) as new:
        new.write_bytes(b"half")
        raise KeyboardInterrupt


def test_links_and_names(tmp_path: Path) -> None:
    link = tmp_path / "current"
    for target in ("one", "two"):
        whole_file.link(link, target)
        assert str(link.readlink()) == target
    whole_file.remove(link)
    whole_file.remove(link)  # what is gone is gone
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_with_the_path_and_leaves_the_former_file(file: Path) -> None:
    """What writes through a name of its own, as NumPy and Keras do, raises without one."""

    def write_half() -> None:
        with whole_file.partial(file) as new:
            new.write_bytes(b"half")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(OSError, match="No space left on device") as full:
        write_half()
    assert (full.value.filename, full.value.errno) == (str(file), errno.ENOSPC)
    assert file.read_bytes() == b"former"
    assert list(file.parent.iterdir()) == [file]
