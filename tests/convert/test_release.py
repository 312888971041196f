"""A release on disk: whole, or not there."""

from pathlib import Path

import pytest

from convert import release
from device.errors import UsageError


def test_a_release_replaces_a_release_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "release"
    release.write(out, b"one", {"a": 1})
    release.write(out, b"two", {"a": 2})
    assert (out / "emotion.tflite").read_bytes() == b"two"
    assert [path.name for path in tmp_path.iterdir()] == ["release"]
    (out / "thesis.doc").write_text("years of work")
    with pytest.raises(UsageError, match=r"thesis\.doc"):
        release.write(out, b"three", {})
    assert (out / "thesis.doc").exists()


def test_a_failed_write_leaves_the_former_release(tmp_path: Path) -> None:
    out = tmp_path / "release"
    release.write(out, b"one", {})
    with pytest.raises(TypeError):
        release.write(out, b"two", {"not json": object()})
    assert (out / "emotion.tflite").read_bytes() == b"one"
    assert [path.name for path in tmp_path.iterdir()] == ["release"]


def test_a_signature_does_not_outlive_its_release_without_a_word(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "release"
    release.write(out, b"one", {})
    (out / "emotion.json.sig").write_text("of one")
    assert capsys.readouterr().out == ""
    release.write(out, b"two", {})
    assert not (out / "emotion.json.sig").exists()
    assert "was signed, this one is not: python -m convert sign" in capsys.readouterr().out
