"""Models that others trained, and what their JSON has to say."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest

from device.errors import ModelError
from tests import faces_data
from train.net import trained


def test_a_foreign_model_is_taken_with_its_json(tmp_path: Path) -> None:
    """Pixels 0..1 outside the net and a softmax at its end, as most tutorials have it."""
    image = keras.Input((48, 48, 1))
    x = keras.layers.Flatten()(keras.layers.AveragePooling2D(6)(image))
    model = keras.Model(image, keras.layers.Dense(3, activation="softmax")(x))
    model.save(tmp_path / "theirs.keras")
    images = faces_data.faces(70)[0][:5]
    theirs = np.asarray(model(images[..., None] / 255.0))
    with pytest.raises(ModelError, match=r"theirs\.json: missing") as missing:
        trained.load(tmp_path / "theirs.keras")
    assert json.loads("{" + str(missing.value).split(": {")[1])["input_size"] == 48  # it can be copied as it stands
    facts = {"labels": ["Happiness", "Sadness", "Anger"], "input_size": 48, "pixel_scale": 1 / 255}
    (tmp_path / "theirs.json").write_text(json.dumps(facts))
    loaded = trained.load(tmp_path / "theirs.keras")
    assert loaded.labels == ("happy", "sad", "angry")
    logits = trained.predict(loaded.keras, images)
    np.testing.assert_allclose(np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True), theirs, atol=1e-5)
    assert loaded.seen(images) is images
    (tmp_path / "theirs.json").write_text(json.dumps(facts | {"light": "dim"}))
    with pytest.raises(ModelError, match="light must be one of as it is, level"):
        trained.load(tmp_path / "theirs.keras")
    (tmp_path / "theirs.json").write_text(json.dumps(facts | {"labels": ["happy", "sad"]}))
    with pytest.raises(ModelError, match="3 outputs, its JSON names 2 labels"):
        trained.load(tmp_path / "theirs.keras")
    (tmp_path / "theirs.keras").write_bytes(b"no zip")
    with pytest.raises(ModelError, match="Keras cannot load it"):
        trained.load(tmp_path / "theirs.keras")
