"""Training for real, on drawn faces and on digits: it learns, survives a kill, and says what it did."""

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import keras
import numpy as np
import pytest

from device.errors import DataError, UsageError
from tests import faces_data
from tests.conftest import ROOT, error_lines, run_command
from train.data import splits
from train.data.labels import FER2013
from train.learn import fit
from train.learn.one_at_a_time import alone_in
from train.learn.settings import Settings
from train.net import trained

COUNT = 1400
SETTINGS = Settings(model="tiny", epochs=3, batch=32)
AS_RUN = dataclasses.replace(SETTINGS, epochs=5, seed=5)  # as `words` has it
FACTS = {"data": {"source": "drawn", "report": {}}}


@pytest.fixture(scope="module")
def npz(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return faces_data.write_npz(tmp_path_factory.mktemp("data") / "drawn.npz", COUNT)


@pytest.fixture(scope="module")
def run(npz: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An unbroken run over the command line."""
    out = tmp_path_factory.mktemp("runs") / "whole"
    result = run_command("train", "fit", *words(npz, out))
    assert result.returncode == 0, result.stderr
    return out


def words(npz: Path, out: Path) -> list[object]:
    return ["--data", npz, "--out", out, "--model", "tiny", "--epochs", 5, "--batch", 32, "--seed", 5]


def test_a_run_folder_says_what_was_done(run: Path, npz: Path) -> None:
    facts = json.loads((run / "model.json").read_text())
    assert facts["labels"] == list(FER2013)
    training = facts["training"]
    assert training["data"]["report"]["train"] == len(splits.load(npz).train)
    assert training["settings"]["model"] == "tiny"
    assert training["seed"] == 5
    assert training["versions"]["keras"] == keras.__version__
    history = json.loads((run / "history.json").read_text())
    assert [entry["epoch"] for entry in history] == [1, 2, 3, 4, 5]
    assert training["validation"]["accuracy"] == max(entry["val_accuracy"] for entry in history)
    assert cv2.imread(str(run / "curves.png")).std() > 5


def test_it_learns_and_the_saved_model_is_the_best_one(run: Path, npz: Path) -> None:
    loaded = splits.load(npz)
    model = trained.load(run / "model.keras")
    answers = trained.predict(model.keras, model.seen(loaded.validation.images)).argmax(axis=1)
    accuracy = (answers == loaded.validation.labels).mean()
    best = json.loads((run / "model.json").read_text())["training"]["validation"]["accuracy"]
    assert accuracy == pytest.approx(best, abs=0.011)
    assert best > 0.6  # seven classes; chance is 0.14


def test_killed_in_mid_epoch_and_resumed_it_equals_the_unbroken_run(run: Path, npz: Path, tmp_path: Path) -> None:
    out = tmp_path / "broken"
    command = [sys.executable, "-m", "train", "fit", *map(str, words(npz, out))]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 200
        while not (out / "checkpoint.npz").exists():  # the first epoch is done and the second under way
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    result = run_command("train", "fit", *words(npz, out), "--resume")
    assert result.returncode == 0, result.stderr
    assert "resuming after epoch" in result.stdout
    one, two = (json.loads((folder / "history.json").read_text()) for folder in (run, out))
    assert [entry["epoch"] for entry in two] == [1, 2, 3, 4, 5]
    for mine, theirs in zip(one, two, strict=True):
        assert mine["val_loss"] == pytest.approx(theirs["val_loss"], abs=1e-4)
    whole, resumed = (trained.load(folder / "model.keras").keras.get_weights() for folder in (run, out))
    for mine, theirs in zip(whole, resumed, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-5)


def test_a_run_is_not_overwritten_and_not_resumed_with_other_settings(run: Path, npz: Path) -> None:
    before = (run / "model.keras").read_bytes()
    loaded = splits.load(npz)
    with pytest.raises(UsageError, match="holds a run already"):
        fit.fit(loaded, SETTINGS, run, FACTS, resume=False, start=None)
    with pytest.raises(UsageError, match="was started with epochs = 5, not 3"):
        fit.fit(loaded, SETTINGS, run, FACTS, resume=True, start=None)
    same = Settings(model="tiny", epochs=5, batch=32, seed=5)
    with pytest.raises(UsageError, match="was started with images"):
        fit.fit(dataclasses.replace(loaded, train=loaded.test), same, run, FACTS, resume=True, start=None)
    assert (run / "model.keras").read_bytes() == before


def test_a_run_without_its_checkpoint_is_not_started_over(run: Path, npz: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(run, tmp_path / "copy"))
    (copy / "checkpoint.npz").unlink()
    with pytest.raises(UsageError, match="without its checkpoint"):
        fit.fit(splits.load(npz), SETTINGS, copy, FACTS, resume=True, start=None)
    (copy / "checkpoint.npz").write_bytes(b"")
    with pytest.raises(DataError, match="not a checkpoint"):
        fit.fit(splits.load(npz), SETTINGS, copy, FACTS, resume=True, start=None)
    assert (copy / "model.keras").read_bytes() == (run / "model.keras").read_bytes()


def test_a_run_that_was_killed_before_its_first_checkpoint_starts_over(run: Path, npz: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(run, tmp_path / "copy"))
    (copy / "checkpoint.npz").unlink()
    history = json.loads((copy / "history.json").read_text())
    (copy / "history.json").write_text(json.dumps(history[:1]))
    fit.fit(splits.load(npz), SETTINGS, copy, FACTS, resume=True, start=None)
    assert [entry["epoch"] for entry in json.loads((copy / "history.json").read_text())] == [1, 2, 3]


def test_a_run_folder_is_written_by_one_training_at_a_time(npz: Path, tmp_path: Path) -> None:
    with alone_in(tmp_path / "run"):
        second = run_command("train", "fit", *words(npz, tmp_path / "run"), "--resume")
    assert second.returncode == 2
    assert error_lines(second)[0].startswith(f"error: another training writes to {tmp_path / 'run'}")


def test_a_resume_keeps_its_backend(run: Path, npz: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keras.backend.backend", lambda: "jax")
    with pytest.raises(UsageError, match=r"was started with backend = .*, not jax"):
        fit.fit(splits.load(npz), AS_RUN, run, FACTS, resume=True, start=None)


def test_digits_train_too(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    for number in range(200):
        picture = np.zeros((28, 28), np.uint8)
        at = (int(rng.integers(2, 9)), int(rng.integers(20, 27)))
        cv2.putText(picture, str(number % 2), at, cv2.FONT_HERSHEY_SIMPLEX, 0.7, 255, 2)
        (tmp_path / "digits" / str(number % 2)).mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(tmp_path / "digits" / str(number % 2) / f"{number}.png"), picture)
    loaded = splits.load(tmp_path / "digits")
    assert loaded.names == ("0", "1")
    fit.fit(loaded, SETTINGS, tmp_path / "run", FACTS, resume=False, start=None)
    assert trained.load(tmp_path / "run" / "model.keras").labels == ("0", "1")
    best = json.loads((tmp_path / "run" / "model.json").read_text())["training"]["validation"]["accuracy"]
    assert best > 0.8


def test_fine_tuning_starts_from_the_weights_it_is_given(run: Path, npz: Path, tmp_path: Path) -> None:
    settings = Settings(model="tiny", epochs=1, batch=32, peak_rate=1e-6)
    fit.fit(splits.load(npz), settings, tmp_path / "tuned", FACTS, resume=False, start=run / "model.keras")
    history = json.loads((tmp_path / "tuned" / "history.json").read_text())
    best = json.loads((run / "model.json").read_text())["training"]["validation"]["accuracy"]
    assert history[0]["val_accuracy"] > best - 0.1


def test_too_little_data_and_unknown_models_are_one_line(npz: Path, tmp_path: Path) -> None:
    images, labels = faces_data.faces(COUNT)
    np.savez(tmp_path / "one.npz", images=images[:1], labels=labels[:1])
    few = run_command("train", "fit", "--data", tmp_path / "one.npz", "--out", tmp_path / "run")
    assert (few.returncode, len(error_lines(few))) == (2, 1)
    assert "too few" in few.stderr
    unknown = run_command("train", "fit", "--data", npz, "--out", tmp_path / "run", "--model", "huge")
    assert (unknown.returncode, len(error_lines(unknown))) == (2, 1)
    assert "default, teacher, small, small-teacher, tiny" in unknown.stderr


def test_jax_trains_what_tensorflow_loads(npz: Path, tmp_path: Path) -> None:
    pytest.importorskip("jax")
    result = run_command(
        "train", "fit", "--data", npz, "--out", tmp_path / "run", "--model", "tiny", "--epochs", 1, "--batch", 64,
        KERAS_BACKEND="jax", JAX_PLATFORMS="cpu",
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    facts = json.loads((tmp_path / "run" / "model.json").read_text())
    assert facts["training"]["versions"]["backend"] == "jax"
    assert keras.backend.backend() == os.environ.get("KERAS_BACKEND", "tensorflow")
    model = trained.load(tmp_path / "run" / "model.keras")
    assert trained.predict(model.keras, np.zeros((2, 48, 48), np.uint8)).shape == (2, 7)
