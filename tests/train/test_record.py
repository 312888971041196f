"""A record from which the same thing can be made again, and what of it travels in a card."""

import json
import shlex
import subprocess
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests import faces_data
from tests.conftest import ROOT, run_here
from train import record
from train.data import splits


def facts_of(run: Path) -> dict[str, Any]:
    return json.loads((run / "model.json").read_text())["training"]


def test_a_run_is_repeated_from_its_record_alone(run: Path, tmp_path: Path) -> None:
    images, labels = faces_data.faces(211)
    labels = labels.copy()
    labels[7] = 99  # what --skip-broken leaves out
    npz = tmp_path / "two words.npz"
    np.savez(npz, images=images, labels=labels, usage=faces_data.usages(len(labels)))
    words = [
        "--data",
        npz,
        "--model",
        "tiny",
        "--epochs",
        1,
        "--batch",
        16,
        "--seed",
        3,
        "--skip-broken",
        "--from",
        run,
    ]
    first = run_here("train", "fit", "--out", tmp_path / "first", *words)
    assert first.returncode == 0, first.stderr

    recorded = shlex.split(str(facts_of(tmp_path / "first")["command"]))
    assert recorded[:3] == ["python", "-m", "train"]
    recorded[recorded.index("--out") + 1] = str(tmp_path / "second")
    again = run_here("train", *recorded[3:])
    assert again.returncode == 0, again.stderr
    one, two = (json.loads((tmp_path / name / "history.json").read_text()) for name in ("first", "second"))
    assert one[0]["val_loss"] == pytest.approx(two[0]["val_loss"], abs=1e-4)
    assert one[0]["loss"] == pytest.approx(two[0]["loss"], abs=1e-4)

    facts = facts_of(tmp_path / "first")
    assert facts["start"] == record.file(run / "model.keras")
    assert facts["data"]["digest"] == splits.load(npz, skip_broken=True).digest()
    assert facts["data"]["crop"] == "auto"
    assert facts["optimizer"]["name"] == "Muon"
    assert facts["schedule"] | {"warmup_target": 0.01, "name": "CosineDecay"} == facts["schedule"]
    assert facts["loss"] == {"name": "CategoricalCrossentropy", "from_logits": True}
    assert facts["versions"]["keras"] == keras.__version__
    assert facts["made"]["version"] in (ROOT / "pyproject.toml").read_text()


def test_the_commit_is_that_of_this_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    inside = subprocess.run(["git", "-C", str(ROOT), "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    commit = record.made("train", [])["commit"]
    assert (commit or "").removesuffix("+changes") == inside.stdout.strip()
    monkeypatch.setattr(record, "_ROOT", tmp_path)
    assert record.made("train", [])["commit"] is None


def test_a_resume_is_recorded_as_what_would_begin_it() -> None:
    assert record.command("train", ["fit", "--out", "my run", "--resu"]) == "python -m train fit --out 'my run'"


def test_what_travels_names_no_folder_of_this_machine() -> None:
    made = {"command": "python -m train fit --data /home/anna/fer.csv --out runs/a", "folder": "/home/anna", "seed": 1}
    assert record.short({"made": made, "taught_by": [made, "x"]}) == {
        "made": (told := {"command": "python -m train fit --data fer.csv --out runs/a", "seed": 1}),
        "taught_by": [told, "x"],
    }
