"""Labels that a net gives too seldom, and how far their logits are raised."""

from pathlib import Path

import numpy as np
import pytest
from tensorflow.lite.tools import flatbuffer_utils

from convert import balance
from convert import card as card_writer
from convert.quantize import calibration_images, quantize
from device.net.card import Card
from device.net.classifier import Classifier
from device.net.model_file import ModelFile
from train.data import splits
from train.net import trained


def test_a_label_that_is_given_too_seldom_is_raised_until_it_is_recalled() -> None:
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 3, 600)
    logits = rng.normal(0, 1, (600, 4)) + 2 * np.eye(4)[labels] - [0, 2, 0, 9]  # the fourth has no image
    assert balance.lifts(labels, logits, 0.0).tolist() == [0, 0, 0, 0]
    lift = balance.lifts(labels, logits, 0.6)
    assert lift[1] > 0.5
    assert (lift[0], lift[2], lift[3]) == (0, 0, 0)
    for label in range(3):
        assert ((logits + lift).argmax(axis=1) == label)[labels == label].mean() >= 0.6
    assert balance.lifts(labels, logits * [1, 0, 1, 1] - [0, 99, 0, 0], 0.6)[1] == pytest.approx(3)  # was not learnt


def test_a_rare_label_is_raised_further_since_its_recall_may_be_luck() -> None:
    labels = np.repeat([0, 1, 2], [400, 400, 10])
    logits = 3.0 * np.eye(3)[labels]
    logits[-3:] = [3, 0, 1]  # 7 of 10 recalled: 0.70, less a standard error of 0.14
    assert balance.lifts(labels, logits, 0.5).tolist() == [0, 0, 0]
    assert balance.lifts(labels, logits, 0.6)[2] == pytest.approx(2, abs=0.05)


def operations_of(content: bytes) -> list[int]:
    """The kind of each operation of a .tflite, in their order."""
    model = flatbuffer_utils.convert_bytearray_to_object(bytearray(content))
    return [model.operatorCodes[operation.opcodeIndex].builtinCode for operation in model.subgraphs[0].operators]


def test_a_raised_logit_is_folded_into_the_last_layer(run: Path, npz: Path) -> None:
    net, loaded = trained.load(run / "model.keras"), splits.load(npz)
    lift = np.array([0, 1.5, 0, 0, 0.4, 0, 0])
    seen = net.seen(loaded.train.images)[:64]
    nets, contents = [], []
    for model in (net, balance.lifted(net, lift)):
        card = Card(model.labels, model.size, model.size, 1.0, light=model.light)
        contents.append(quantize(model, calibration_images(seen)))
        nets.append(Classifier(ModelFile(run, card_writer.embed(contents[-1], card), card)))
    moved = np.mean([nets[1].logits(image) - nets[0].logits(image) for image in loaded.test.images[:40]], axis=0)
    np.testing.assert_allclose(moved, lift, atol=0.15)
    assert operations_of(contents[0]) == operations_of(contents[1])  # it costs nothing
