"""A run folder: what is begun, taken up again or refused, and what it says of its epochs."""

import dataclasses
import json
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest

from device.errors import DataError, UsageError
from train.data.labels import FER2013
from train.learn import checkpoint
from train.net import trained
from train.net.description import Description
from train.run import Entry, Origin, Run, check_free, epochs_done, write
from train.score.metrics import Baseline

ORIGIN = Origin(
    net=Description(FER2013, 48, "level", {"seed": 1}),
    comparable={"epochs": 4, "batch": 16},
    validation_images=200,
    baseline=Baseline("happy", 0.25),
    votes_share=0.5,
)


def a_net(pool: int = 16) -> keras.Model:
    image = keras.Input((48, 48, 1))
    answers = keras.layers.Dense(len(FER2013))(keras.layers.Flatten()(keras.layers.AveragePooling2D(pool)(image)))
    net = keras.Model(image, answers)
    net.compile(optimizer="sgd")
    return net


def an_epoch(number: int, accuracy: float, consensus: float) -> Entry:
    loss = {"loss": 1.0, "val_loss": 1.0, "accuracy": accuracy}
    return {"epoch": number, **loss, "val_accuracy": accuracy, "val_consensus": consensus, "seconds": 2.5}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run of three epochs, of which the second is the best."""
    run = Run.begin(tmp_path / "run", ORIGIN, resume=False)
    for entry in (an_epoch(1, 0.6, 0.5), an_epoch(2, 0.5, 0.8), an_epoch(3, 0.55, 0.7)):
        net = a_net()
        net.set_weights([np.full_like(weight, entry["epoch"]) for weight in net.get_weights()])
        run.add(entry, net, net)
    return tmp_path / "run"


def test_the_net_of_the_best_epoch_is_kept_and_described(folder: Path) -> None:
    model = trained.load(folder / "model.keras")
    assert all((weight == 2).all() for weight in model.keras.get_weights())
    assert (model.labels, model.size, model.light, model.training["seed"]) == (FER2013, 48, "level", 1)
    assert model.training["epochs_done"] == epochs_done(folder) == 3
    said = model.training["validation"]
    assert (said["epoch"], said["accuracy"], said["consensus"], said["n"]) == (2, 0.5, 0.8, 200)
    assert said["interval"][0] < 0.5 < said["interval"][1]
    assert model.training["seconds"] == 7.5
    assert {path.suffix for path in folder.iterdir()} == {".keras", ".json", ".png", ".npz"}


def test_a_run_is_taken_up_after_its_last_epoch(folder: Path) -> None:
    run = Run.begin(folder, ORIGIN, resume=True)
    assert [entry["epoch"] for entry in run.history] == [1, 2, 3]
    assert run.best["epoch"] == 2
    net = a_net()
    run.restore(net)
    assert all((weight == 3).all() for weight in net.get_weights())
    with pytest.raises(DataError, match="holds another net"):
        run.restore(a_net(pool=8))


def test_a_run_is_neither_overwritten_nor_resumed_with_other_settings(folder: Path) -> None:
    with pytest.raises(UsageError, match="holds a run already"):
        Run.begin(folder, ORIGIN, resume=False)
    other = dataclasses.replace(ORIGIN, comparable={"epochs": 3, "batch": 16})
    with pytest.raises(UsageError, match="was started with epochs = 4, not 3"):
        Run.begin(folder, other, resume=True)
    for key, was, now, said in (
        ("images", "ec81", "4987", "on other images, labels or votes than these: resume it with the same --data"),
        ("from", "a.keras", None, r"from a\.keras: resume it with --from a\.keras"),
        ("from", None, "a.keras", "from chance: resume it with no --from"),
        ("backend", "torch", "jax", "with backend = torch, not jax: resume it with KERAS_BACKEND=torch"),
        ("augmentation", {"flip": True, "blur": 1}, {"flip": False, "blur": 1}, "with flip = True, not False"),
    ):
        begun = folder.parent / f"{key}-{was}"[:12]
        first = Run.begin(begun, dataclasses.replace(ORIGIN, comparable={key: was}), resume=False)
        net = a_net()
        first.add(an_epoch(1, 0.5, 0.5), net, net)
        with pytest.raises(UsageError, match=f"was started {said}.*or choose another --out"):
            Run.begin(begun, dataclasses.replace(ORIGIN, comparable={key: now}), resume=True)
    with pytest.raises(UsageError, match="holds a model already"):
        write(folder, a_net(), ORIGIN.net)
    check_free(folder.parent)


def test_a_run_without_its_checkpoint_is_not_started_over(folder: Path) -> None:
    (folder / "checkpoint.npz").unlink()
    with pytest.raises(UsageError, match="without its checkpoint"):
        Run.begin(folder, ORIGIN, resume=True)
    (folder / "checkpoint.npz").write_bytes(b"")
    with pytest.raises(DataError, match="not a checkpoint"):
        Run.begin(folder, ORIGIN, resume=True)
    (folder / "checkpoint.npz").unlink()
    with pytest.raises(UsageError, match="holds a run already"):
        Run.begin(folder, ORIGIN, resume=False)


def test_a_run_that_was_killed_before_its_first_checkpoint_starts_over(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    (copy / "checkpoint.npz").unlink()
    history = json.loads((copy / "history.json").read_text())
    (copy / "history.json").write_text(json.dumps(history[:1]))
    run = Run.begin(copy, ORIGIN, resume=True)
    assert run.history == []
    assert capsys.readouterr().out == f"nothing to resume in {copy}: starting at the first epoch\n"
    net = a_net()
    run.add(an_epoch(1, 0.1, 0.1), net, net)
    assert epochs_done(copy) == 1
    assert checkpoint.read_progress(copy / "checkpoint.npz").history == run.history


def test_a_run_that_is_stopped_while_it_writes_keeps_what_it_had(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    run, net = Run.begin(folder, ORIGIN, resume=True), a_net()

    def half(path: Path) -> None:
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(net, "save", half)
    with pytest.raises(KeyboardInterrupt):
        run.add(an_epoch(4, 0.9, 0.9), net, net)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
