"""What a path to a model may name, and what is said of each thing that is none."""

from pathlib import Path

import pytest

from device.errors import ModelError
from train.net.model_path import find, find_keras


def write(path: Path, content: bytes = b"") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_a_run_or_a_release_is_taken_by_its_folder(tmp_path: Path) -> None:
    trained = write(tmp_path / "run" / "model.keras", b"PK")
    released = write(tmp_path / "release" / "emotion.tflite", b"\x1c\0\0\0TFL3")
    assert find(trained) == find(trained.parent) == find_keras(trained.parent, "be trained on") == trained
    assert find(released) == find(released.parent) == released
    for path in (released, released.parent):
        with pytest.raises(ModelError, match=r"is an int8 model, which cannot be trained on: take the model\.keras"):
            find_keras(path, "be trained on")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("old.h5", b"\x89HDF\r\n\x1a\n", r"is Keras's former format, .*save it anew: python -c .*save\('old\.keras'\)"),
        ("renamed.bin", b"\x89HDF\r\n\x1a\n", "is Keras's former format"),
        ("net.pt", b"PK\x03\x04", r"is a PyTorch model, .*model\.save\('net\.keras'\)"),
        ("net.onnx", b"\x08\x07", "is an ONNX model"),
        ("photo.jpg", b"\xff\xd8", "is neither a .keras model nor a .tflite one"),
    ],
)
def test_a_model_of_another_kind_is_told_by_its_name_with_the_next_step(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    file = write(tmp_path / name, content)
    for find_one in (find, lambda path: find_keras(path, "be quantized")):
        with pytest.raises(ModelError, match=said) as refused:
            find_one(file)
        assert "\n" not in str(refused.value)


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such model"):
        find(tmp_path / "none.keras")
    with pytest.raises(ModelError, match=r"is a folder without model\.keras or emotion\.tflite"):
        find(tmp_path)
    write(tmp_path / "saved" / "saved_model.pb")
    with pytest.raises(ModelError, match="is a TensorFlow SavedModel"):
        find(tmp_path / "saved")
