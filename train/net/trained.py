"""A trained model ready to be asked: a `.keras` file, ours or anyone's, and the JSON beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers

from device.errors import ModelError
from device.net.crop import level
from device.net.questions import LABELS, VOTES, Answer
from train.net import kept
from train.net.description import Description
from train.net.logits import answers_probabilities, logits_of
from train.score import metrics


@dataclass(frozen=True)
class TrainedModel:
    """A Keras model that takes raw pixels (0..255) and gives logits, and what its JSON says of it."""

    keras: keras.Model  # [N, size, size, 1] to [N, outputs], or to [N, 2, L] of a teacher
    labels: tuple[str, ...]  # canonical names, in the order of an answer's L logits
    size: int  # of the square input, pixels
    training: dict[str, Any]  # how it was made, for people
    heads: int = 1  # 2: a teacher, one head for own labels and one for FER+'s votes
    light: str = "as it is"  # or "level" (see device.net.card)
    faces: bool = True  # whether it reads faces, or pictures as they are
    answers: Mapping[str, Answer] = field(default_factory=dict)  # by question; without any, a head for each
    votes_share: float = 0.5  # of the votes' answer where no other is asked for, 0 to 1

    def __post_init__(self) -> None:
        if not self.answers:
            questions = (LABELS, VOTES)[: self.heads]
            count = len(self.labels)
            laid_out = {question: Answer(n * count, count) for n, question in enumerate(questions)}
            object.__setattr__(self, "answers", laid_out)

    def logits(self, images: np.ndarray) -> np.ndarray:
        """float32 [N, outputs] for images uint8 [N, H, W]; a teacher's heads one after the other."""
        return predict(self.keras, self.seen(images)).reshape(len(images), -1)

    def seen(self, images: np.ndarray) -> np.ndarray:
        """What the net wants to see of images uint8 [N, H, W]: the same shape and type."""
        return levelled(images) if self.light == "level" else images


def levelled(images: np.ndarray) -> np.ndarray:
    """uint8 [N, H, W] to uint8 [N, H, W], each image as device.net.crop.level makes it."""
    return np.stack([level(image) for image in images]) if len(images) else images


def load(path: Path) -> TrainedModel:
    """Load a `.keras` file with the JSON of the same name beside it (see train.net.description), or kept weights.

    A model that others trained may want other pixels than 0 to 255, which its JSON says; that is done inside the
    model that is returned. A softmax or sigmoid at its end is taken off (see train.net.logits).

    Raises:
        ModelError: either file is missing or unusable, or they do not fit each other.
    """
    if not path.is_file():
        raise ModelError(f"{path}: no such model")
    if path.suffix == ".npz":
        model, described = kept.read(path)
    else:
        described = Description.read(path)
        try:
            model = keras.models.load_model(path, compile=False)
        except Exception as error:  # Keras raises whatever its parts do: zip, JSON, HDF5, unknown layers
            raise ModelError(f"{path}: Keras cannot load it ({str(error).splitlines()[0][:120]})") from error
    size = described.size
    if tuple(model.input_shape[1:]) != (size, size, 1):
        raise ModelError(f"{path}: takes {model.input_shape[1:]}, its JSON says {size}x{size} grey")
    heads = model.output_shape[1] if len(model.output_shape) == 3 else 1
    outputs, labels = model.output_shape[-1], described.labels
    if outputs != described.outputs or heads > 2:
        raise ModelError(
            f"{path}: has {outputs} outputs, its JSON names {len(labels)} labels and speaks of {described.outputs}"
        )
    plain = _raw_pixels_to_logits(model, size, described.pixel_scale, described.pixel_offset)
    if answers_probabilities(plain):
        raise ModelError(
            f"{path}: gives probabilities, and the softmax that makes them was not found: save the model without it"
        )
    return TrainedModel(
        plain, labels, size, described.training, heads, described.light, described.faces, described.answers,
        described.votes_share,
    )  # fmt: skip


def predict(model: keras.Model, images: np.ndarray, batch: int = 256) -> np.ndarray:
    """Outputs float32 [N, L] (of a teacher [N, 2, L]) for images uint8 [N, H, W]; one pass, in batches."""
    parts = [
        keras.ops.convert_to_numpy(model(images[start : start + batch, ..., None], training=False))
        for start in range(0, len(images), batch)
    ]
    return np.concatenate(parts).astype(np.float32)


def head_probabilities(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """float64 [N, heads, L] for images uint8 [N, H, W]; a net with one answer has one head."""
    logits = predict(model, images).astype(np.float64)
    return metrics.softmax(logits.reshape(len(images), -1, logits.shape[-1]))


def probabilities(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """float64 [N, L] for images uint8 [N, H, W]; a teacher's two heads count half each."""
    return np.asarray(head_probabilities(model, images).mean(axis=1))


def _raw_pixels_to_logits(model: keras.Model, size: int, scale: float, offset: float) -> keras.Model:
    model = logits_of(model)
    if (scale, offset) == (1.0, 0.0):
        return model
    image = keras.Input((size, size, 1), name="image")
    return keras.Model(image, model(layers.Rescaling(scale, offset)(image)))
