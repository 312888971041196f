"""A run over the command line, from drawn faces to a release, with the real converter and the real interpreter."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest

from convert import balance, release
from convert import card as card_writer
from convert.quantize import calibration_images, quantize
from device.errors import DataError, ModelError, UsageError
from device.net import model_file
from device.net.card import Card
from device.net.classifier import Classifier
from device.net.model_file import ModelFile
from tests import faces_data
from tests.conftest import error_lines, run_command
from train.data import splits
from train.data.labels import FER2013
from train.learn import fit
from train.learn.settings import Settings
from train.net import trained
from train.score import evaluate

COUNT = 1400


@pytest.fixture(scope="module")
def npz(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return faces_data.write_npz(tmp_path_factory.mktemp("data") / "drawn.npz", COUNT)


@pytest.fixture(scope="module")
def run(npz: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "run"
    facts = {"data": {"source": "drawn", "report": {}}}
    fit.fit(splits.load(npz), Settings(model="tiny", epochs=12, batch=32), out, facts, resume=False, start=None)
    return out


@pytest.fixture(scope="module")
def released(run: Path, npz: Path) -> Path:
    out = run.parent / "release"
    result = run_command("convert", "quantize", run / "model.keras", "--data", npz, "--out", out, KERAS_BACKEND="jax")
    assert result.returncode == 0, result.stderr
    assert "drop" in result.stdout
    assert "recall of happy" in result.stdout
    return out


def test_a_release_holds_the_model_with_its_card_and_the_json(released: Path) -> None:
    assert sorted(file.name for file in released.iterdir()) == ["emotion.json", "emotion.tflite"]
    model = model_file.load(released / "emotion.tflite")
    facts = json.loads((released / "emotion.json").read_text())
    assert model.card.labels == FER2013 == tuple(facts["labels"])
    assert (model.card.height, model.card.width) == (48, 48)
    assert model.card.temperature == facts["temperature"] != 1.0
    assert model.card.training["settings"]["model"] == "tiny"
    assert facts["limits"]["max_drop"] == 1.0
    assert facts["int8_against_float"]["passed"] is True
    assert facts["metrics"]["split"] == "test"
    assert facts["metrics"]["int8"]["n"] == COUNT // 5
    assert facts["metrics"]["int8"]["consensus"]["n"] == COUNT // 5
    assert {"tensorflow", "keras", "numpy"} <= set(facts["versions"])


def test_the_net_is_int8_throughout_and_takes_pixels_one_to_one(released: Path) -> None:
    from ai_edge_litert.interpreter import Interpreter

    net = Interpreter(model_path=str(released / "emotion.tflite"))
    net.allocate_tensors()
    assert {np.dtype(tensor["dtype"]).name for tensor in net.get_tensor_details()} <= {"int8", "int32"}
    assert net.get_input_details()[0]["quantization"] == pytest.approx((1.0, -128), abs=1e-6)
    assert net.get_output_details()[0]["dtype"] is np.int8


def test_int8_answers_as_the_float_model_does(released: Path, run: Path, npz: Path) -> None:
    images = splits.load(npz).test.images
    classifier = Classifier(model_file.load(released / "emotion.tflite"))
    int8 = np.stack([classifier.logits(image) for image in images])
    model = trained.load(run / "model.keras")
    full = trained.predict(model.keras, model.seen(images))
    assert (int8.argmax(axis=1) == full.argmax(axis=1)).mean() > 0.97
    assert np.abs(int8 - full).mean() < 0.25 * full.std()


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


def test_a_raised_logit_is_folded_into_the_last_layer(run: Path, npz: Path) -> None:
    net, loaded = trained.load(run / "model.keras"), splits.load(npz)
    lift = np.array([0, 1.5, 0, 0, 0.4, 0, 0])
    seen = net.seen(loaded.train.images)[:64]
    nets = []
    for model in (net, balance.lifted(net, lift)):
        card = Card(model.labels, model.size, model.size, 1.0, light=model.light)
        nets.append(
            Classifier(ModelFile(run, card_writer.embed(quantize(model, calibration_images(seen)), card), card))
        )
    moved = np.mean([nets[1].logits(image) - nets[0].logits(image) for image in loaded.test.images[:40]], axis=0)
    np.testing.assert_allclose(moved, lift, atol=0.15)
    operations = [[operation["op_name"] for operation in net._net._get_ops_details()] for net in nets]
    assert operations[0] == operations[1]  # it costs nothing


def test_a_release_reads_in_an_eighth_of_the_light_as_in_all_of_it(released: Path, run: Path, npz: Path) -> None:
    split = splits.load(npz).test
    darkened = np.round(split.images * 0.125).astype(np.uint8)
    for predict in (evaluate.predictor(released / "emotion.tflite"), evaluate.predictor(run / "model.keras")):
        lit, dark = predict(split.images).argmax(axis=1), predict(darkened).argmax(axis=1)
        assert (lit == dark).mean() > 0.9
    assert model_file.load(released / "emotion.tflite").card.light == "level"


def test_evaluate_scores_both_kinds_alike(released: Path, run: Path, npz: Path, tmp_path: Path) -> None:
    scores = {}
    for model in (run / "model.keras", released / "emotion.tflite"):
        result = run_command("train", "evaluate", model, "--data", npz, "--json", tmp_path / "score.json")
        assert result.returncode == 0, result.stderr
        assert "true \\ predicted" in result.stdout
        assert "FER+ consensus" in result.stdout
        scores[model.suffix] = json.loads((tmp_path / "score.json").read_text())
    recorded = json.loads((released / "emotion.json").read_text())["metrics"]
    assert scores[".tflite"]["accuracy"] == recorded["int8"]["accuracy"]
    assert scores[".keras"]["accuracy"] == pytest.approx(recorded["float"]["accuracy"], abs=0.004)
    for score in scores.values():
        assert score["labels"] == list(FER2013)
        assert set(score["recall"]) == set(FER2013)
        assert np.sum(score["confusion"]) == score["n"] == score["consensus"]["n"] == COUNT // 5


def test_a_broken_limit_leaves_no_release_and_exits_with_3(run: Path, npz: Path, tmp_path: Path) -> None:
    result = run_command(
        "convert", "quantize", run / "model.keras", "--data", npz, "--out", tmp_path / "no", "--max-drop", -5
    )
    assert result.returncode == 3
    assert len(error_lines(result)) == 1
    assert "over the -5" in error_lines(result)[0]
    assert list(tmp_path.iterdir()) == []


def test_calibration_takes_training_images_only_and_spans_all_greys(npz: Path) -> None:
    loaded = splits.load(npz)
    images = calibration_images(loaded.train.images)
    assert images[0].min() == 0
    assert images[0].max() == 255
    assert set(splits.pixel_keys(images[1:])) <= set(loaded.train.keys)
    with pytest.raises(DataError, match="Training"):
        calibration_images(loaded.train.images[:0])


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


def test_a_foreign_model_is_taken_with_its_json(npz: Path, tmp_path: Path) -> None:
    """Pixels 0..1 outside the net and a softmax at its end, as most tutorials have it."""
    image = keras.Input((48, 48, 1))
    x = keras.layers.Flatten()(keras.layers.AveragePooling2D(6)(image))
    model = keras.Model(image, keras.layers.Dense(3, activation="softmax")(x))
    model.save(tmp_path / "theirs.keras")
    images = splits.load(npz).test.images[:5]
    theirs = np.asarray(model(images[..., None] / 255.0))
    with pytest.raises(ModelError, match=r"theirs\.json: missing"):
        trained.load(tmp_path / "theirs.keras")
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
