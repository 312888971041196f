"""Three answers from one net."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from device.errors import DataError, ModelError, UsageError
from device.net import answers
from device.net.questions import FACE, LABELS, VOTES
from train.data import splits
from train.data.splits import Data
from train.net import trained
from train.score import metrics
from train.teach import heads
from train.teach.heads import KEPT_NAME, Pictures
from train.teach.recipe import Recipe


@pytest.fixture(scope="session")
def data(few: Path) -> Data:
    return splits.load(few)


def test_the_recipe_ends_with_a_net_of_three_answers(cooked: Recipe, data: Data) -> None:
    net, teacher = (trained.load(cooked.out / name / "model.keras") for name in ("three-answers", "teacher3"))
    assert (net.heads, net.light, net.votes_share) == (1, "level", 0.7)
    assert {question: (answer.first, answer.count) for question, answer in net.answers.items()} == {
        LABELS: (0, 7), VOTES: (7, 7), FACE: (14, 1),
    }  # fmt: skip
    assert net.training["settings"] == teacher.training["settings"]
    logits, own = net.logits(data.validation.images), teacher.logits(data.validation.images)
    for share, truth in ((0.0, data.validation.labels), (1.0, data.validation.labels)):
        right = (answers.scores(logits, net.answers, share).argmax(axis=1) == truth).mean()
        before = (answers.scores(own, teacher.answers, share).argmax(axis=1) == truth).mean()
        assert right >= before - 0.02  # what the teacher's own heads have learnt in its two epochs
    sure = answers.face(logits, net.answers)
    assert sure is not None
    assert (sure >= net.answers[FACE].least).mean() > 0.95


def test_the_kept_weights_are_the_net(cooked: Recipe, data: Data) -> None:
    folder = cooked.out / "three-answers"
    net, kept = trained.load(folder / "model.keras"), trained.load(folder / KEPT_NAME)
    np.testing.assert_allclose(kept.logits(data.test.images), net.logits(data.test.images), atol=1e-4)
    assert kept.training["settings"] == net.training["settings"]
    assert kept.training["command"].split()[:4] == net.training["command"].split()[:4]
    assert replace(kept, keras=net.keras, training=net.training) == net
    assert (folder / KEPT_NAME).stat().st_size < 0.7 * (folder / "model.keras").stat().st_size


def test_without_pictures_a_net_does_not_say_whether_it_is_a_face(cooked: Recipe, data: Data, tmp_path: Path) -> None:
    model = heads.load(cooked.out / "teacher1" / "model.keras")
    assert heads.fit(model, data, Pictures(), 0.4, tmp_path / "two") == {}
    net = trained.load(tmp_path / "two" / "model.keras")
    assert (set(net.answers), net.votes_share) == ({LABELS, VOTES}, 0.4)


def test_the_float_net_behind_an_int8_file_is_restored(released: Path, data: Data) -> None:
    from train.score import evaluate

    net = heads.load(released / "emotion.tflite")
    int8 = evaluate.ask(released / "emotion.tflite").logits(data.test.images)
    restored = net.logits(data.test.images)
    assert (restored.argmax(axis=1) == int8.argmax(axis=1)).mean() > 0.98
    assert np.abs(metrics.softmax(restored) - metrics.softmax(int8)).mean() < 0.02


def test_what_cannot_be_fitted_leaves_nothing_behind(cooked: Recipe, data: Data, tmp_path: Path) -> None:
    model = heads.load(cooked.out / "teacher1" / "model.keras")
    with pytest.raises(UsageError, match="choose another --out"):
        heads.fit(model, data, Pictures(), 0.5, cooked.out / "three-answers")
    with pytest.raises(DataError, match="no training image with votes"):
        heads.fit(model, replace(data, train=replace(data.train, votes=None)), Pictures(), 0.5, tmp_path / "no")
    with pytest.raises(DataError, match="no such photo"):
        heads.fit(model, data, Pictures(empty=(tmp_path / "gone.jpg",)), 0.5, tmp_path / "no")
    with pytest.raises(ModelError, match="no such model"):
        heads.load(tmp_path / "gone.keras")
    assert not (tmp_path / "no").exists()
