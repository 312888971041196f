"""Teachers' answers on disk, and what a teacher is good for."""

import json
from pathlib import Path

import numpy as np
import pytest

from device.errors import DataError, ModelError
from tests.conftest import error_lines, run_here
from train.data import splits
from train.data.labels import FER2013
from train.net import trained
from train.teach import teachers
from train.teach.recipe import Recipe


def test_soft_labels_are_the_mean_of_the_teachers_and_come_back_from_disk(
    cooked: Recipe, few: Path, tmp_path: Path
) -> None:
    soft = teachers.SoftLabels.read(cooked.answers(2))
    split = splits.load(few).train
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
    (tmp_path / "broken.npz").write_bytes(cooked.answers(2).read_bytes()[:500])
    with pytest.raises(DataError, match="not soft labels"):
        teachers.SoftLabels.read(tmp_path / "broken.npz")


def test_a_teacher_is_scored_but_not_released_and_a_student_does_not_teach(
    cooked: Recipe, few: Path, tmp_path: Path
) -> None:
    teacher, student = (cooked.out / name / "model.keras" for name in ("teacher1", "student"))
    words = ["--data", few, "--robustness", "--json", tmp_path / "score.json"]
    scored = run_here("train", "evaluate", teacher, *words)
    assert scored.returncode == 0, scored.stderr
    score = json.loads((tmp_path / "score.json").read_text())
    assert score["robustness"][0]["condition"] == "as it is"
    assert score["robustness"][0]["accuracy"] == pytest.approx(score["accuracy"], abs=1e-4)
    assert "box 10 % off" in scored.stdout
    refused = run_here("convert", "quantize", teacher, "--data", few, "--out", tmp_path / "release")
    assert refused.returncode == 2
    assert "is a teacher" in error_lines(refused)[0]
    assert not (tmp_path / "release").exists()
    with pytest.raises(ModelError, match="is no teacher"):
        teachers.ask([student], splits.load(few).train, FER2013)
