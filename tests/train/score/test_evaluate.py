"""`train evaluate`: both kinds of model, one pass, and what it writes."""

import json
from pathlib import Path

import numpy as np
import pytest

from device.errors import UsageError
from device.net.questions import FACE, LABELS, VOTES, Answer
from tests.conftest import run_here
from train.data import splits
from train.data.labels import FER2013
from train.score import evaluate


def test_evaluate_scores_both_kinds_alike(released: Path, run: Path, npz: Path, tmp_path: Path) -> None:
    scores = {}
    for model in (run / "model.keras", released / "emotion.tflite"):
        result = run_here("train", "evaluate", model, "--data", npz, "--json", tmp_path / "score.json")
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
        assert np.sum(score["confusion"]) == score["n"] == score["consensus"]["n"] == 280


def test_a_model_of_two_answers_is_scored_for_the_share_that_is_asked(npz: Path) -> None:
    loaded = splits.load(npz)
    count = len(loaded.names)
    truth = np.eye(count)[loaded.test.labels]
    # The labels' answer is always right, the votes' always names the next label, and is surer.
    logits = np.hstack([2 * truth, 3 * np.roll(truth, 1, axis=1), np.zeros((len(truth), 1))])
    answers = {LABELS: Answer(0, count), VOTES: Answer(count, count), FACE: Answer(2 * count, 1)}
    for share, right in ((0.0, 1.0), (0.2, 1.0), (0.8, 0.0), (1.0, 0.0)):
        asked = evaluate.Asked(loaded.names, 48, answers, share, lambda images: logits)
        score = evaluate.score(loaded.test, loaded.names, asked)
        assert (score["votes_share"], score["accuracy"]) == (share, right)
        assert {question: one["accuracy"] for question, one in score["answers"].items()} == {LABELS: 1.0, VOTES: 0.0}
        assert score["answers"][LABELS].keys() == score.keys() - {"votes_share", "answers"}
        assert {"accuracy", "n", "calibration_error"} <= score["consensus"].keys()


def test_a_share_is_not_asked_of_a_model_with_one_answer(released: Path, run: Path) -> None:
    for model in (released / "emotion.tflite", run / "model.keras"):
        with pytest.raises(UsageError, match="has one answer"):
            evaluate.ask(model, votes_share=0.5)
