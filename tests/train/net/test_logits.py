"""The softmax at the end of a net that others trained is found wherever it is, or the net is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, ops

from device.errors import ModelError
from train.net import trained
from train.net.logits import answers_probabilities, logits_of
from train.score import metrics

SIZE, LABELS = 16, 3


def net(end: Callable[[Any], Any]) -> keras.Model:
    image = keras.Input((SIZE, SIZE, 1))
    return keras.Model(image, end(layers.Dense(LABELS)(layers.Flatten()(layers.Rescaling(1 / 255)(image)))))


def wrapped(inner: keras.Model) -> keras.Model:
    image = keras.Input((SIZE, SIZE, 1))
    return keras.Model(image, inner(image))


def with_activation(layer: layers.Layer) -> keras.Model:
    return keras.Sequential([keras.Input((SIZE, SIZE, 1)), layers.Flatten(), layers.Rescaling(1 / 255), layer])


ENDS: dict[str, Callable[[], keras.Model]] = {
    "layer": lambda: net(layers.Softmax()),
    "activation layer": lambda: net(layers.Activation("softmax")),
    "activation of a layer": lambda: with_activation(layers.Dense(LABELS, activation="softmax")),
    "operation": lambda: net(ops.softmax),
    "operation of nn": lambda: net(ops.nn.softmax),
    "function of activations": lambda: net(keras.activations.softmax),
    "wrapped": lambda: wrapped(net(layers.Softmax())),
    "wrapped twice, an operation": lambda: wrapped(wrapped(net(ops.softmax))),
    "wrapped, an activation": lambda: wrapped(with_activation(layers.Dense(LABELS, activation="softmax"))),
    "a model in a sequence": lambda: keras.Sequential([keras.Input((SIZE, SIZE, 1)), net(layers.Softmax())]),
    "before a reshape": lambda: net(lambda x: layers.Reshape((LABELS,))(layers.Softmax()(x))),
    "before an activation that is none": lambda: net(lambda x: layers.Activation("linear")(ops.softmax(x))),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_softmax_is_found_and_cut(tmp_path: Path, end: str) -> None:
    model = ENDS[end]()
    images = np.random.default_rng(1).integers(0, 256, (5, SIZE, SIZE), np.uint8)
    theirs = np.asarray(model(images[..., None].astype(np.float32)))
    assert answers_probabilities(model)
    model.save(tmp_path / "theirs.keras")
    (tmp_path / "theirs.json").write_text(json.dumps({"labels": ["happy", "sad", "angry"], "input_size": SIZE}))
    logits = trained.predict(trained.load(tmp_path / "theirs.keras").keras, images)
    assert np.abs(logits.sum(axis=1) - 1).max() > 0.01
    np.testing.assert_allclose(metrics.softmax(logits), theirs, atol=1e-5)


def test_a_sigmoid_is_cut_too() -> None:
    model = net(layers.Activation("sigmoid"))
    image = np.full((1, SIZE, SIZE, 1), 90, np.float32)
    theirs = np.asarray(model(image))
    np.testing.assert_allclose(1 / (1 + np.exp(-np.asarray(logits_of(model)(image)))), theirs, atol=1e-5)


def test_logits_are_left_alone() -> None:
    model = net(lambda x: x)
    assert logits_of(model) is model
    assert not answers_probabilities(model)


def test_probabilities_that_are_made_another_way_are_refused(tmp_path: Path) -> None:
    by_hand = net(lambda x: ops.exp(x) / ops.sum(ops.exp(x), axis=-1, keepdims=True))
    by_hand.save(tmp_path / "theirs.keras")
    (tmp_path / "theirs.json").write_text(json.dumps({"labels": ["happy", "sad", "angry"], "input_size": SIZE}))
    with pytest.raises(ModelError, match="gives probabilities, and the softmax that makes them was not found"):
        trained.load(tmp_path / "theirs.keras")
