"""`train evaluate`: both kinds of model, one pass, and what it writes."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import run_here
from train.data.labels import FER2013


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
