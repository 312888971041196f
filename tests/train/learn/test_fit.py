"""Training for real, on drawn faces and on digits: it learns, survives a kill, and says what it did."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import keras
import numpy as np
import pytest

from device.errors import UsageError
from tests import faces_data, needs
from tests.conftest import ROOT, fit_words, run_command, run_here
from train.data import splits
from train.data.labels import FER2013
from train.learn.fit import fit
from train.learn.settings import Settings
from train.net import trained

FACTS = {"data": {"source": "drawn", "report": {}}}


def history_of(run: Path) -> list[dict[str, float]]:
    return json.loads((run / "history.json").read_text())


def best_of(run: Path) -> float:
    return json.loads((run / "model.json").read_text())["training"]["validation"]["accuracy"]


def test_a_run_folder_says_what_was_done(run: Path, npz: Path) -> None:
    facts = json.loads((run / "model.json").read_text())
    assert facts["labels"] == list(FER2013)
    training = facts["training"]
    assert training["data"]["report"]["train"] == len(splits.load(npz).train)
    assert training["settings"]["model"] == "tiny"
    assert training["seed"] == 5
    assert training["versions"]["keras"] == keras.__version__
    assert [entry["epoch"] for entry in history_of(run)] == [1, 2, 3]
    assert best_of(run) == max(entry["val_accuracy"] for entry in history_of(run))
    assert cv2.imread(str(run / "curves.png")).std() > 5
    assert sorted(path.name for path in run.iterdir()) == [
        ".lock", "checkpoint.npz", "curves.png", "history.json", "model.json", "model.keras",
    ]  # fmt: skip


def test_it_learns_and_the_saved_model_is_the_best_one(run: Path, npz: Path) -> None:
    validation = splits.load(npz).validation
    model = trained.load(run / "model.keras")
    answers = trained.predict(model.keras, model.seen(validation.images)).argmax(axis=1)
    assert (answers == validation.labels).mean() == pytest.approx(best_of(run), abs=0.011)
    assert best_of(run) > 0.6  # seven classes; chance is 0.14


def test_killed_in_mid_epoch_and_resumed_it_equals_the_unbroken_run(run: Path, npz: Path, tmp_path: Path) -> None:
    out = tmp_path / "broken"
    command = [sys.executable, "-m", "train", *map(str, fit_words(npz, out))]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 200
        while not (out / "checkpoint.npz").exists():  # the first epoch is done and the second under way
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    result = run_here("train", *fit_words(npz, out), "--resume")
    assert result.returncode == 0, result.stderr
    assert "resuming after epoch" in result.stdout
    assert [entry["epoch"] for entry in history_of(out)] == [1, 2, 3]
    for mine, theirs in zip(history_of(run), history_of(out), strict=True):
        assert mine["val_loss"] == pytest.approx(theirs["val_loss"], abs=1e-4)
    whole, resumed = (trained.load(folder / "model.keras").keras.get_weights() for folder in (run, out))
    for mine, theirs in zip(whole, resumed, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-5)


def test_a_run_is_resumed_on_the_same_images_and_backend_only(
    run: Path, npz: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (run / "model.keras").read_bytes()
    loaded, settings = splits.load(npz), Settings(model="tiny", epochs=3, batch=8, seed=5)
    other = dataclasses.replace(loaded, train=loaded.test)
    with pytest.raises(UsageError, match="was started on other images, labels or votes than these"):
        fit(other, settings, run, FACTS, resume=True, start=None)
    monkeypatch.setattr("keras.backend.backend", lambda: "jax")
    with pytest.raises(UsageError, match=r"was started with backend = .*, not jax"):
        fit(loaded, settings, run, FACTS, resume=True, start=None)
    assert (run / "model.keras").read_bytes() == before


def test_digits_train_too(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    for number in range(200):
        picture = np.zeros((28, 28), np.uint8)
        at = (int(rng.integers(2, 9)), int(rng.integers(20, 27)))
        cv2.putText(picture, str(number % 2), at, cv2.FONT_HERSHEY_SIMPLEX, 0.7, 255, 2)
        (tmp_path / "digits" / str(number % 2)).mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(tmp_path / "digits" / str(number % 2) / f"{number}.png"), picture)
    settings = Settings(model="tiny", size=28, epochs=2, batch=8)
    loaded = splits.load(tmp_path / "digits", size=settings.size)
    assert loaded.names == ("0", "1")
    fit(loaded, settings, tmp_path / "run", FACTS, resume=False, start=None)
    assert trained.load(tmp_path / "run" / "model.keras").labels == ("0", "1")
    assert best_of(tmp_path / "run") > 0.8
    assert trained.load(tmp_path / "run" / "model.keras").faces is False


def test_fine_tuning_starts_from_the_weights_it_is_given(run: Path, npz: Path, tmp_path: Path) -> None:
    settings = Settings(model="tiny", epochs=1, batch=32, peak_rate=1e-6)
    fit(splits.load(npz), settings, tmp_path / "tuned", FACTS, resume=False, start=run / "model.keras")
    assert history_of(tmp_path / "tuned")[0]["val_accuracy"] > best_of(run) - 0.1


def test_jax_trains_what_tensorflow_loads(tmp_path: Path) -> None:
    needs.module("jax", pip="jax")
    few = faces_data.write_npz(tmp_path / "few.npz", 210)
    result = run_command(
        "train", "fit", "--data", few, "--out", tmp_path / "run", "--model", "tiny", "--epochs", 1, "--batch", 64,
        KERAS_BACKEND="jax", JAX_PLATFORMS="cpu",
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    facts = json.loads((tmp_path / "run" / "model.json").read_text())
    assert facts["training"]["versions"]["backend"] == "jax"
    assert keras.backend.backend() == os.environ.get("KERAS_BACKEND", "tensorflow")
    model = trained.load(tmp_path / "run" / "model.keras")
    assert trained.predict(model.keras, np.zeros((2, 48, 48), np.uint8)).shape == (2, 7)
