"""A release over the command line: what it holds, and what is refused."""

import hashlib
import json
import shlex
from pathlib import Path

import numpy as np

from device.net import model_file
from tests.conftest import error_lines, run_command
from train.data import splits
from train.data.labels import FER2013
from train.score import evaluate


def test_a_release_holds_the_model_with_its_card_and_the_json(released: Path, run: Path, npz: Path) -> None:
    assert sorted(file.name for file in released.iterdir()) == ["emotion.json", "emotion.tflite"]
    model = model_file.load(released / "emotion.tflite")
    facts = json.loads((released / "emotion.json").read_text())
    assert model.card.labels == FER2013 == tuple(facts["labels"])
    assert (model.card.height, model.card.width) == (48, 48)
    assert set(model.card.answers) == {"labels"}
    assert model.card.answers["labels"].temperature == facts["answers"]["labels"]["temperature"] != 1.0
    assert [row["coverage"] for row in model.card.coverage] == [1.0, 0.9, 0.8, 0.7, 0.6, 0.5]
    assert model.card.training["settings"]["model"] == "tiny"
    assert facts["limits"]["max_drop"] == 1.0
    assert facts["int8_against_float"]["labels"]["passed"] is True
    assert facts["metrics"]["split"] == "test"
    assert facts["metrics"]["int8"]["n"] == 280
    assert facts["metrics"]["int8"]["consensus"]["n"] == 280
    assert {"tensorflow", "keras", "numpy"} <= set(facts["versions"])
    made, carried = facts["made"], model.card.training["released"]
    assert shlex.split(made["command"])[:4] == ["python", "-m", "convert", "quantize"]
    assert made["command"].split()[-1] == str(released.parent / released.name)
    assert made["model"] == {
        "file": "model.keras",
        "sha256": hashlib.sha256((run / "model.keras").read_bytes()).hexdigest(),
    }
    assert made["data"] == splits.load(npz).digest()
    assert {key: carried[key] for key in ("date", "version", "commit")} == {
        key: made[key] for key in ("date", "version", "commit")
    }
    assert str(released.parent) not in json.dumps(model.card.training)  # it travels
    assert "folder" not in carried


def test_a_release_reads_in_an_eighth_of_the_light_as_in_all_of_it(released: Path, run: Path, npz: Path) -> None:
    split = splits.load(npz).test
    darkened = np.round(split.images * 0.125).astype(np.uint8)
    for asked in (evaluate.ask(released / "emotion.tflite"), evaluate.ask(run / "model.keras")):
        lit, dark = asked.scores(split.images).argmax(axis=1), asked.scores(darkened).argmax(axis=1)
        assert (lit == dark).mean() > 0.9
    assert model_file.load(released / "emotion.tflite").card.light == "level"


def test_a_broken_limit_leaves_no_release_and_exits_with_3(run: Path, npz: Path, tmp_path: Path) -> None:
    # Whatever backend the user trains with: the converter is TensorFlow's.
    words = [run / "model.keras", "--data", npz, "--out", tmp_path / "no", "--max-drop", -5]
    result = run_command("convert", "quantize", *words, KERAS_BACKEND="jax")
    assert result.returncode == 3
    assert len(error_lines(result)) == 1
    assert "over the -5" in error_lines(result)[0]
    assert list(tmp_path.iterdir()) == []
