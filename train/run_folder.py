"""A trained model on disk: `model.keras` and beside it `model.json`, which says what it is."""

import json
import platform
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers

from device.errors import ModelError
from device.net.card import LIGHTS
from device.net.crop import level
from train.data.labels import canonical
from train.score import metrics
from train.whole_file import written


@dataclass(frozen=True)
class TrainedModel:
    """A Keras model that takes raw pixels (0..255) and gives logits, and what its JSON says of it."""

    keras: keras.Model
    labels: tuple[str, ...]
    size: int  # of the square input, pixels
    training: dict[str, Any]
    heads: int = 1  # 2: a teacher, logits [N, 2, L] of own labels and of FER+'s votes
    light: str = "as it is"  # or "level" (see device.net.card)

    def seen(self, images: np.ndarray) -> np.ndarray:
        """What the net wants to see of images uint8 [N, H, W]."""
        return levelled(images) if self.light == "level" else images


def levelled(images: np.ndarray) -> np.ndarray:
    """Each of uint8 [N, H, W] as device.net.crop.level makes it."""
    return np.stack([level(image) for image in images]) if len(images) else images


def load(path: Path) -> TrainedModel:
    """Load a `.keras` file with the JSON of the same name beside it.

    A model that others trained needs a JSON with `labels` (in the order of its outputs), `input_size`, and
    `pixel_scale` and `pixel_offset` where it wants pixel * scale + offset instead of 0..255. A softmax at its end is
    taken off. `"light": "level"` says that it was trained on levelled images.

    Raises:
        ModelError: either file is missing or unusable, or they do not fit each other.
    """
    facts = _read_facts(path)
    try:
        model = keras.models.load_model(path, compile=False)
    except Exception as error:  # Keras raises whatever its parts do: zip, JSON, HDF5, unknown layers
        raise ModelError(f"{path}: Keras cannot load it ({str(error).splitlines()[0][:120]})") from error
    labels, size = tuple(canonical(name) for name in facts["labels"]), int(facts["input_size"])
    if tuple(model.input_shape[1:]) != (size, size, 1):
        raise ModelError(f"{path}: takes {model.input_shape[1:]}, its JSON says {size}x{size} grey")
    heads = model.output_shape[1] if len(model.output_shape) == 3 else 1
    if model.output_shape[-1] != len(labels) or heads > 2:
        raise ModelError(f"{path}: has {model.output_shape[-1]} outputs, its JSON names {len(labels)} labels")
    scale, offset = facts["pixel_scale"], facts["pixel_offset"]
    return TrainedModel(
        _raw_pixels_to_logits(model, size, scale, offset),
        labels,
        size,
        facts.get("training", {}),
        heads,
        facts["light"],
    )


def predict(model: keras.Model, images: np.ndarray, batch: int = 256) -> np.ndarray:
    """Outputs float32 [N, L] (of a teacher [N, 2, L]) for images uint8 [N, H, W]; one pass, in batches."""
    parts = [
        keras.ops.convert_to_numpy(model(images[start : start + batch, ..., None], training=False))
        for start in range(0, len(images), batch)
    ]
    return np.concatenate(parts).astype(np.float32)


def head_probabilities(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """float64 [N, heads, L] for images uint8 [N, H, W]."""
    logits = predict(model, images).astype(np.float64)
    return metrics.softmax(logits.reshape(len(images), -1, logits.shape[-1]))


def probabilities(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """float64 [N, L] for images uint8 [N, H, W]; a teacher's two heads count half each."""
    return np.asarray(head_probabilities(model, images).mean(axis=1))


def save_model(folder: Path, model: keras.Model) -> None:
    """Write model.keras so that a kill leaves the former one whole."""
    with written(folder / "model.keras") as partial:
        model.save(partial)


def transfer(source: Path, model: keras.Model) -> int:
    """Copy weights from a .keras file into layers of the same name and shapes; returns how many layers took them.

    Raises:
        ModelError: not loadable, or no layer fits.
    """
    other = {layer.name: layer.get_weights() for layer in load(source).keras.layers}
    taken = 0
    for layer in model.layers:
        weights, own = other.get(layer.name, []), layer.get_weights()
        if own and [w.shape for w in weights] == [w.shape for w in own]:
            layer.set_weights(weights)
            taken += 1
    if not taken:
        raise ModelError(f"{source}: no layer fits this model; train the same --model")
    return taken


def versions() -> dict[str, str]:
    """What made it: Python, Keras, its backend, NumPy, OpenCV."""
    backend = keras.backend.backend()
    packages = ["keras", backend, "numpy", "opencv-python-headless"]
    found = {"python": platform.python_version(), "backend": backend}
    for package in packages:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def _read_facts(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise ModelError(f"{path}: no such model")
    beside = path.with_suffix(".json")
    try:
        facts = json.loads(beside.read_text())
        labels = [canonical(name) for name in facts["labels"]]
        if len(labels) < 2 or len(set(labels)) != len(labels) or not isinstance(facts["input_size"], int):
            raise ValueError("labels must be a list of different names and input_size a whole number")
        facts["pixel_scale"], facts["pixel_offset"] = (
            float(facts.get("pixel_scale", 1.0)),
            float(facts.get("pixel_offset", 0.0)),
        )
        facts["light"] = facts.get("light", LIGHTS[0])
        if facts["light"] not in LIGHTS:
            raise ValueError(f"light must be one of {', '.join(LIGHTS)}")
    except FileNotFoundError as error:
        raise ModelError(
            f'{beside}: missing; it says what the model is: {{"labels": ["angry", ...], "input_size": 48, '
            '"pixel_scale": 1.0, "pixel_offset": 0.0}}'
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{beside}: unusable ({error}); it needs labels and input_size") from error
    return facts


def _raw_pixels_to_logits(model: keras.Model, size: int, scale: float, offset: float) -> keras.Model:
    last = model.layers[-1]
    if isinstance(last, layers.Softmax):
        model = keras.Model(model.inputs, last.input)
    elif getattr(last, "activation", None) is keras.activations.softmax:
        last.activation = keras.activations.linear
    if (scale, offset) == (1.0, 0.0):
        return model
    image = keras.Input((size, size, 1), name="image")
    return keras.Model(image, model(layers.Rescaling(scale, offset)(image)))
