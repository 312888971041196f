"""Teachers, their answers on disk, and nets that learn from them: on drawn faces, with the smallest nets."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from device.errors import DataError, HardwareError, ModelError, UsageError
from tests import faces_data
from tests.conftest import error_lines, run_command
from train.data import splits
from train.data.labels import FER2013
from train.learn import targets
from train.net import trained
from train.run import epochs_done
from train.teach import teachers
from train.teach.heads import merge
from train.teach.recipe import Recipe, Training

pytestmark = pytest.mark.timeout(600)  # four trainings and two rounds of answers come first
COUNT = 700
BATCH = ("--batch", "32")


@pytest.fixture(scope="module")
def npz(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return faces_data.write_npz(tmp_path_factory.mktemp("data") / "drawn.npz", COUNT)


@pytest.fixture(scope="module")
def cooked(npz: Path, tmp_path_factory: pytest.TempPathFactory) -> Recipe:
    """Two teachers, one that learns from them too, and a student, as in the recipe of the bundled models."""
    recipe = Recipe(
        ["--data", str(npz)],
        tmp_path_factory.mktemp("runs") / "recipe",
        jobs=2,
        generations=(
            tuple(Training(f"teacher{n}", "tiny-teacher", 2, ("--seed", str(n), *BATCH)) for n in (1, 2)),
            (Training("teacher3", "tiny-teacher", 2, BATCH, start="teacher1"),),
            (Training("student", "tiny", 2, BATCH),),
        ),
        merged={"one-headed": ("teacher3", 0.4)},
    )
    recipe.cook()
    return recipe


def test_the_recipe_goes_from_data_to_a_student(cooked: Recipe, npz: Path) -> None:
    student = trained.load(cooked.out / "student" / "model.keras")
    assert student.heads == 1
    assert len(student.training["taught_by"]) == 3
    teacher = trained.load(cooked.out / "teacher1" / "model.keras")
    assert teacher.heads == 2
    assert len(trained.load(cooked.out / "teacher3" / "model.keras").training["taught_by"]) == 2
    images = splits.load(npz).test.images
    probabilities = trained.probabilities(teacher.keras, teacher.seen(images))
    assert probabilities.shape == (len(images), 7)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)
    history = json.loads((cooked.out / "teacher1" / "history.json").read_text())
    assert {"val_accuracy", "val_consensus", "val_loss"} <= set(history[0])


def test_the_recipe_ends_with_two_heads_merged(cooked: Recipe, npz: Path, tmp_path: Path) -> None:
    merged, teacher = (trained.load(cooked.out / name / "model.keras") for name in ("one-headed", "teacher3"))
    loaded = splits.load(npz)
    images = teacher.seen(loaded.test.images)
    own, votes = np.moveaxis(trained.head_probabilities(teacher.keras, images), 1, 0)
    answers = trained.probabilities(merged.keras, images)
    wanted = 0.6 * own + 0.4 * votes
    mean_of_logits = own**0.6 * votes**0.4
    mean_of_logits /= mean_of_logits.sum(axis=1, keepdims=True)
    assert _divergence(wanted, answers) < 0.5 * _divergence(wanted, mean_of_logits)
    assert _divergence(wanted, answers) < 0.5 * _divergence(0.4 * own + 0.6 * votes, answers)
    assert (merged.heads, merged.light, merged.training["votes_share"]) == (1, "level", 0.4)
    assert merged.training["settings"] == teacher.training["settings"]
    assert teacher.training["started_from"]["seed"] == 1
    faces = loaded.train.images
    with pytest.raises(UsageError, match="choose another --out"):
        merge(cooked.out / "teacher1" / "model.keras", 0.5, faces, cooked.out / "one-headed")
    with pytest.raises(ModelError, match="has one head already"):
        merge(cooked.out / "student" / "model.keras", 0.5, faces, tmp_path / "no")
    with pytest.raises(DataError, match="no training image"):
        merge(cooked.out / "teacher1" / "model.keras", 0.5, faces[:0], tmp_path / "no")
    assert not (tmp_path / "no").exists()


def _divergence(wanted: np.ndarray, got: np.ndarray) -> float:
    """Kullback and Leibler's, nats."""
    return float((wanted * np.log(wanted / got)).sum(axis=1).mean())


def test_flags_that_would_change_nothing_are_refused(cooked: Recipe, npz: Path, tmp_path: Path) -> None:
    fit = ["train", "fit", "--data", npz, "--out", tmp_path / "run", "--model"]
    for words, line in (
        (["tiny-teacher", "--ferplus-weight", 0.2], "learns labels and votes apart"),
        (["tiny", "--teacher-weight", 0.5], "goes with --teachers"),
    ):
        refused = run_command(*fit, *words)
        assert (refused.returncode, len(error_lines(refused))) == (2, 1)
        assert line in refused.stderr


def test_a_finished_recipe_does_nothing_more(cooked: Recipe) -> None:
    before = {path: path.stat().st_mtime_ns for path in cooked.out.rglob("*")}
    cooked.cook()
    assert {path: path.stat().st_mtime_ns for path in cooked.out.rglob("*")} == before


def test_the_last_nets_are_trained_again_from_kept_answers(cooked: Recipe, tmp_path: Path) -> None:
    last = dataclasses.replace(
        cooked, out=tmp_path / "last", generations=cooked.generations[-1:], merged={}, kept=cooked.answers(3)
    )
    last.cook()
    again, first = (trained.load(out / "student" / "model.keras") for out in (last.out, cooked.out))
    assert again.training["taught_by"] == first.training["taught_by"]
    assert not (last.out / "teacher1").exists()


def test_a_recipe_whose_data_is_gone_says_which_run_failed_and_why(tmp_path: Path) -> None:
    recipe = Recipe(
        ["--data", str(tmp_path / "gone.npz")], tmp_path / "out", 1, ((Training("first", "tiny-teacher", 1),),)
    )
    with pytest.raises(HardwareError, match=r"training first failed: error: .*gone\.npz"):
        recipe.cook()
    assert epochs_done(tmp_path / "out" / "first") == 0


def test_soft_labels_are_the_mean_of_the_teachers_and_come_back_from_disk(cooked: Recipe, npz: Path) -> None:
    soft = teachers.SoftLabels.read(cooked.answers(2))
    split = splits.load(npz).train
    assert len(soft.teachers) == 2
    assert set(soft.keys) == set(split.keys)
    known, answers = soft.of(split.keys, FER2013, 0.5)
    assert known.all()
    np.testing.assert_allclose(answers.sum(axis=1), 1, atol=1e-6)
    models = [trained.load(cooked.out / name / "model.keras") for name in ("teacher1", "teacher2")]
    heads = [trained.head_probabilities(model.keras, model.seen(split.images)) for model in models]
    # One view of four: near the mean of all, and nearer than either teacher is to the other's.
    plain = np.mean(heads, axis=0).mean(axis=1)
    assert np.abs(answers - plain).mean() < 0.05
    with pytest.raises(DataError, match="answered to none of these images"):
        soft.of(split.keys + np.uint64(1), FER2013, 0.5)
    with pytest.raises(DataError, match="the teachers know angry"):
        soft.of(split.keys, ("a", "b"), 0.5)
    (cooked.out / "broken.npz").write_bytes(cooked.answers(2).read_bytes()[:500])
    with pytest.raises(DataError, match="not soft labels"):
        teachers.SoftLabels.read(cooked.out / "broken.npz")
    (cooked.out / "broken.npz").unlink()


def test_targets_mix_label_votes_and_teachers_in_the_shares_asked_for(npz: Path) -> None:
    split = splits.load(npz).train
    split.votes[0] = [0, 0, 0, 0, 0, 0, 0, 0, 3, 7]  # no face
    split.votes[1] = 0  # not voted on
    own, neutral = split.labels[2], FER2013.index("neutral")
    mixed = targets.mixed(split, FER2013, 0.5)
    assert mixed[0].sum() == 0
    assert mixed[1].tolist() == np.eye(7)[split.labels[1]].tolist()
    assert (mixed[2, own], mixed[2, neutral]) == pytest.approx((0.85, 0.15))
    np.testing.assert_allclose(mixed[1:].sum(axis=1), 1, rtol=1e-6)

    order = np.argsort(split.keys)[1:]  # the teachers do not know one of the images
    fear = np.tile(np.eye(7, dtype=np.float16)[FER2013.index("fear")], (len(order), 1))
    soft = teachers.SoftLabels(FER2013, split.keys[order], fear, fear, [])
    taught = targets.mixed(split, FER2013, 0.5, smoothing=0.0, taught=soft, teacher_share=0.6)
    unknown = int(np.argsort(split.keys)[0])
    known = [row for row in range(2, 20) if row != unknown and split.labels[row] != FER2013.index("fear")]
    np.testing.assert_allclose(taught[known, FER2013.index("fear")], 0.6, rtol=1e-3)
    np.testing.assert_allclose(taught[unknown], mixed[unknown])

    apart = targets.apart(split, FER2013, smoothing=0.1)
    assert apart[0].sum() == 0
    assert apart[1, 1].sum() == 0
    assert apart[2, 0, own] == pytest.approx(0.9 + 0.1 / 7)
    assert apart[2, 1, own] == pytest.approx(0.7)
    both = targets.apart(split, FER2013, smoothing=0.1, taught=soft, teacher_share=0.6)
    np.testing.assert_allclose(both[unknown], apart[unknown])
    np.testing.assert_allclose(
        both[known, :, FER2013.index("fear")], 0.6 + 0.4 * apart[known, :, FER2013.index("fear")], rtol=1e-3
    )
    if unknown != 1:
        np.testing.assert_allclose(both[1, 1], fear[0])  # where FER+'s votes are unknown, the teachers' stand alone
    assert both[0].sum() == 0
    with pytest.raises(UsageError, match="--ferplus"):
        targets.apart(dataclasses.replace(split, votes=None), FER2013)


def test_a_teacher_is_scored_but_not_released_and_a_student_does_not_teach(
    cooked: Recipe, npz: Path, tmp_path: Path
) -> None:
    teacher, student = (cooked.out / name / "model.keras" for name in ("teacher1", "student"))
    words = ["--data", npz, "--robustness", "--json", tmp_path / "score.json"]
    scored = run_command("train", "evaluate", teacher, *words)
    assert scored.returncode == 0, scored.stderr
    rows = json.loads((tmp_path / "score.json").read_text())["robustness"]
    assert rows[0]["condition"] == "as it is"
    assert rows[0]["accuracy"] == pytest.approx(json.loads((tmp_path / "score.json").read_text())["accuracy"], abs=1e-4)
    assert "box 10 % off" in scored.stdout
    refused = run_command("convert", "quantize", teacher, "--data", npz, "--out", tmp_path / "release")
    assert refused.returncode == 2
    assert "is a teacher" in error_lines(refused)[0]
    assert not (tmp_path / "release").exists()
    with pytest.raises(ModelError, match="is no teacher"):
        teachers.ask([student], splits.load(npz).train, FER2013)
