"""The model file that a path names: itself, or the one in a run or release folder; and what else it may be."""

from pathlib import Path

from device.errors import ModelError
from device.net.model_file import MODEL_NAME as RELEASED_NAME
from train.run import MODEL_NAME as TRAINED_NAME

_TFLITE_MAGIC = b"TFL3"  # at byte 4
_HDF5_MAGIC = b"\x89HDF"
# What else a model may lie in, by its suffix, and how it becomes a .keras file.
_FOREIGN = {
    ".h5": "Keras's former format",
    ".hdf5": "Keras's former format",
    ".pt": "a PyTorch model",
    ".pth": "a PyTorch model",
    ".onnx": "an ONNX model",
    ".pb": "a TensorFlow graph",
}


def find(path: Path) -> Path:
    """The .keras, .npz (kept weights) or .tflite file that a path names, for whoever scores it.

    Raises:
        ModelError: there is none; the line says what is there, and the next step.
    """
    return _find(path, (TRAINED_NAME, RELEASED_NAME))


def find_keras(path: Path, why: str) -> Path:
    """The .keras file that a path names.

    Args:
        why: what only such a file can do, as "be trained on": for the line about a .tflite.

    Raises:
        ModelError: as of `find`, and for an int8 model.
    """
    file = _find(path, (TRAINED_NAME,))
    if file.suffix == ".tflite" or _head(file)[4:8] == _TFLITE_MAGIC:
        raise ModelError(f"{file}: is an int8 model, which cannot {why}: take the {TRAINED_NAME} of its run folder")
    return file


def _find(path: Path, names: tuple[str, ...]) -> Path:
    if path.is_dir():
        there = [path / name for name in names if (path / name).is_file()]
        if there:
            return there[0]
        if (path / "saved_model.pb").is_file():
            raise ModelError(f"{path}: is a TensorFlow SavedModel; {_anew(path)}")
        if (path / RELEASED_NAME).is_file():
            return path / RELEASED_NAME
        raise ModelError(f"{path}: is a folder without {' or '.join(names)}: name a run folder or a model's file")
    if not path.exists():
        raise ModelError(f"{path}: no such model")
    if path.suffix in (".keras", ".npz", ".tflite") or _head(path)[4:8] == _TFLITE_MAGIC:
        return path
    if path.suffix.lower() in _FOREIGN or _head(path).startswith(_HDF5_MAGIC):
        what = _FOREIGN.get(path.suffix.lower(), _FOREIGN[".h5"])
        raise ModelError(f"{path}: is {what}, and .keras and .tflite are taken; {_anew(path)}")
    raise ModelError(f"{path}: is neither a .keras model nor a .tflite one")


def _anew(path: Path) -> str:
    """The next step for a model of another format."""
    target = path.with_suffix(".keras").name
    if path.suffix.lower() in (".h5", ".hdf5"):
        return (
            f"save it anew: python -c \"import keras; keras.models.load_model('{path}', compile=False)"
            f".save('{target}')\", and write {path.with_suffix('.json').name} beside it"
        )
    return f"build the net in Keras, give it these weights, and save it with model.save('{target}')"


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(8)
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror})") from error
