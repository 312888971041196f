"""One head from a teacher's two: a net that answers between FER-2013's labels and FER+'s votes."""

import math
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers, losses, optimizers
from tqdm import tqdm

from device.errors import DataError, ModelError
from train import run
from train.net import trained
from train.net.description import Description

_PASSES = 5  # over the images, to learn the head
_BATCH = 256  # images a step
_RATE = 3e-3  # first learning rate of Adam; it falls to zero
_AT_ONCE = 256  # images that the net is asked of


def merge(path: Path, votes_share: float, faces: np.ndarray, out: Path) -> float:
    """Write the run folder of a net with one head, which says what both heads together hold most probable.

    That is the weighted mean of their probabilities (the linear opinion pool, Stone 1961), in which a head that is sure
    has its way; in the mean of their logits either can veto the other, and answers are a point worse by the consensus
    (docs/experiments.md). A linear head on the same features comes close to it (Hinton et al. 2015, distillation), so
    that the net costs what it did; the layers before stay as they are.

    Args:
        path: .keras file of a net with two heads.
        votes_share: weight of the head that learned FER+'s votes, 0 to 1.
        faces: uint8 [N, H, W] to learn the head on: the training images.

    Returns:
        The share of `faces` on which the new head gives the answer of the mean.

    Raises:
        DataError: no faces.
        UsageError: the folder holds a model already.
        ModelError: not loadable, or not of two heads.
    """
    run.check_free(out)
    model = trained.load(path)
    if model.heads != 2:
        raise ModelError(f"{path}: has one head already; only a teacher's two can be merged")
    if not len(faces):
        raise DataError("no training image to learn the head on: the data must hold the Training split")
    heads = model.keras.get_layer("heads")
    features, probabilities = _ask(model, heads.input, faces)
    shares = np.array([1 - votes_share, votes_share], np.float32)
    wanted = np.einsum("h,nhl->nl", shares, probabilities)
    # The mean of both heads' weights and biases gives the mean of their logits, which is near what is wanted.
    start = [np.einsum("h,...hl->...l", shares, w.reshape(*w.shape[:-1], 2, -1)) for w in heads.get_weights()]
    logits = layers.Dense(len(model.labels), name="logits")
    answers = _learn(logits, start, features, wanted)

    merged = keras.Model(model.keras.input, logits(heads.input), name=model.keras.name)
    training = model.training | {"votes_share": votes_share}
    run.write(out, merged, Description(model.labels, model.size, model.light, training, faces=model.faces))
    return float((answers == wanted.argmax(axis=1)).mean())


def _ask(model: trained.TrainedModel, before_heads: Any, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(what the heads are given [N, C], probabilities [N, 2, L] of both) for images uint8 [N, H, W]."""
    both = keras.Model(model.keras.input, [before_heads, layers.Softmax()(model.keras.output)])
    parts = []  # NumPy arrays from the first on: the backend's own would fill a graphics card
    for at in tqdm(range(0, len(faces), _AT_ONCE), desc="asking both heads", unit=" images", unit_scale=_AT_ONCE):
        answers = both(model.seen(faces[at : at + _AT_ONCE])[..., None], training=False)
        parts.append([keras.ops.convert_to_numpy(answer) for answer in answers])
    features, probabilities = (np.concatenate(part) for part in zip(*parts, strict=True))
    return features, probabilities


def _learn(logits: layers.Dense, start: list[np.ndarray], features: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Fit a linear layer to probabilities [N, L] of features [N, C]; returns its answers int [N].

    Args:
        start: the layer's first weights [C, L] and bias [L].
    """
    keras.utils.set_random_seed(0)
    head = keras.Sequential([keras.Input(features.shape[1:]), logits])
    logits.set_weights(start)
    steps = _PASSES * math.ceil(len(features) / _BATCH)
    head.compile(
        optimizer=optimizers.Adam(optimizers.schedules.CosineDecay(_RATE, steps)),
        loss=losses.CategoricalCrossentropy(from_logits=True),
    )
    head.fit(features, wanted, batch_size=_BATCH, epochs=_PASSES, verbose=0)
    return np.asarray(head.predict(features, batch_size=_BATCH, verbose=0).argmax(axis=1))
