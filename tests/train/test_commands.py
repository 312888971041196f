"""The command line of training: what it sets, and what it refuses before any work is done."""

import dataclasses
import errno
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


def test_who_stops_a_training_hears_what_is_kept_and_how_to_go_on(
    few: Path, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("train.learn.fit.fit", stopped)
    words = ["train", "fit", "--data", few, "--out"]
    early = run_here(*words, tmp_path / "run")
    assert (early.returncode, early.stderr.splitlines()[-1]) == (
        130,
        "stopped before the first whole epoch: nothing is kept; the same command starts it again",
    )
    late = run_here(*words, run, "--epochs", 9)
    assert late.stderr.splitlines()[-1] == (
        f"stopped after 3 of 9 epochs, which are kept: {run / 'model.keras'} is the best of them, and the same command "
        "with --resume goes on"
    )


def test_a_full_disk_is_told_with_the_file_and_the_way_on(
    few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "run/checkpoint.npz")

    monkeypatch.setattr("train.learn.fit.fit", full)
    result = run_here("train", "fit", "--data", few, "--out", tmp_path / "run")
    assert result.returncode == 1
    assert error_lines(result) == [
        "error: run/checkpoint.npz: No space left on device: make room; stopped before the first whole epoch: nothing "
        "is kept; the same command starts it again"
    ]


def test_a_start_that_cannot_serve_names_the_way_on(run: Path, few: Path, tmp_path: Path) -> None:
    words = ["train", "fit", "--data", few, "--out", tmp_path / "run", "--epochs", 1]
    other = run_here(*words, "--model", "small", "--from", run)
    assert (other.returncode, len(error_lines(other))) == (2, 1)
    assert "layers fit the net 'small', since it is a net of the plan 'tiny': choose --model (default, " in other.stderr
    missing = run_here(*words, "--from", tmp_path / "none.keras")
    assert "none.keras: no such model" in missing.stderr
