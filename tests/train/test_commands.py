"""The command line of training: what it sets, and what it refuses before any work is done."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests import faces_data
from tests.conftest import error_lines, run_command, run_here
from train.learn.settings import FINE_TUNING_PEAK_RATE, Augmentation, Settings


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return faces_data.write_npz(tmp_path_factory.mktemp("data") / "few.npz", 70)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """Settings of each training that a command asks for; nothing is trained."""
    settings: list[Settings] = []
    monkeypatch.setattr("train.learn.fit.fit", lambda data, wanted, *rest: settings.append(wanted))
    return settings


def test_flags_set_what_they_say_and_leave_the_rest_at_the_settings_own_defaults(
    few: Path, run: Path, tmp_path: Path, asked: list[Settings]
) -> None:
    usual = Settings()
    given: dict[tuple[object, ...], dict[str, Any]] = {
        (): {},
        ("--from", run / "model.keras"): {"peak_rate": FINE_TUNING_PEAK_RATE},
        ("--from", run / "model.keras", "--peak-rate", 0.02): {"peak_rate": 0.02},
        ("--ferplus-weight", 0): {"ferplus_weight": 0.0},
        ("--no-flip", "--augment", 0): {"augmentation": Augmentation(flip=False).scaled(0)},
        ("--model", "tiny", "--epochs", 7, "--seed", 0, "--batch", 3, "--mixup", 0.5, "--precision", "float32"): {
            "model": "tiny", "epochs": 7, "seed": 0, "batch": 3, "mixup": 0.5, "precision": "float32",
        },
    }  # fmt: skip
    for words, changed in given.items():
        result = run_here("train", "fit", "--data", few, "--out", tmp_path / "run", *words)
        assert result.returncode == 0, result.stderr
        assert asked.pop() == dataclasses.replace(usual, **changed)


def test_the_help_says_the_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    usual = Settings()
    said = " ".join(run_command("train", "fit", "--help").stdout.split())
    rates = f"{usual.peak_rate:g}; {FINE_TUNING_PEAK_RATE:g} with --from"
    shares = (f"{usual.ferplus_weight:g}", f"{usual.teacher_weight:g}", f"{usual.mixup:g}")
    for value in (usual.model, usual.epochs, usual.seed, usual.batch, usual.precision, rates, *shares):
        assert f"(default: {value})" in said


def test_flags_that_would_change_nothing_are_refused(few: Path, tmp_path: Path) -> None:
    fit = ["fit", "--data", few, "--out", tmp_path / "run", "--model"]
    for words, line in (
        (["tiny-teacher", "--ferplus-weight", 0.2], "learns labels and votes apart"),
        (["tiny", "--teacher-weight", 0.5], "goes with --teachers"),
    ):
        refused = run_here("train", *fit, *words)
        assert (refused.returncode, len(error_lines(refused))) == (2, 1)
        assert line in refused.stderr


def test_too_little_data_and_unknown_models_are_one_line(few: Path, tmp_path: Path) -> None:
    images, labels = faces_data.faces(70)
    np.savez(tmp_path / "one.npz", images=images[:1], labels=labels[:1])
    little = run_here("train", "fit", "--data", tmp_path / "one.npz", "--out", tmp_path / "run")
    assert (little.returncode, len(error_lines(little))) == (2, 1)
    assert "too few" in little.stderr
    unknown = run_command("train", "fit", "--data", few, "--out", tmp_path / "run", "--model", "huge")
    assert (unknown.returncode, len(error_lines(unknown))) == (2, 1)
    assert "default, teacher, small, small-teacher, tiny" in unknown.stderr
    assert not (tmp_path / "run" / "model.keras").exists()
