"""One run on disk. Whatever is written into a run folder or read from it goes through here."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from device.errors import UsageError
from device.process import whole_file
from train import backend, report
from train.net.description import Description
from train.score import metrics

MODEL_NAME = "model.keras"
_HISTORY_NAME, _CURVES_NAME, _CHECKPOINT_NAME = "history.json", "curves.png", "checkpoint.npz"

# One finished epoch: epoch (from 1), loss and accuracy on the augmented images, val_loss, val_accuracy and, where
# FER+'s votes are known, val_consensus of the averaged weights (shares 0 to 1), seconds.
Entry = dict[str, float]


@dataclass(frozen=True)
class Origin:
    """What a run is made from; it is fixed before the first epoch."""

    net: Description  # its `training` says what is known beforehand
    comparable: dict[str, Any]  # what has to be the same for a resume to go on with the same run, as it is in JSON
    validation_images: int  # how many every epoch is scored on
    baseline: metrics.Baseline  # what the largest label of validation alone gives
    votes_share: float  # what FER+'s consensus counts in the choice of the best epoch, 0 to 1


class Run:
    """A run folder while it is trained in, and what has happened in it so far.

    model.keras is the best epoch's net and model.json says what it is and how it was made; history.json has one entry
    per finished epoch and curves.png draws them; checkpoint.npz is what a resume needs. Each file is whole at any time.

    Args:
        folder: is made if it is not there.
        origin: see there.
        history: the epochs that are finished already, the first one first.
    """

    def __init__(self, folder: Path, origin: Origin, history: list[Entry]):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.origin, self.history = folder, origin, history

    @classmethod
    def begin(cls, folder: Path, origin: Origin, resume: bool) -> Self:
        """A new run, or with `resume` the one that the folder holds, after its last whole epoch.

        Raises:
            UsageError: there is a run already and none is to be resumed, or it was started otherwise.
            DataError: its checkpoint cannot be read.
        """
        # Keras comes with it, and whoever only counts a run's epochs does not need that.
        from train.learn import checkpoint

        saved = folder / _CHECKPOINT_NAME
        if not resume:
            if saved.exists() or holds_model(folder):
                raise UsageError(f"{folder} holds a run already: continue it with --resume, or choose another --out")
            return cls(folder, origin, [])
        if not saved.exists():
            # The first epoch is recorded before there is a checkpoint: a run that was killed in between starts over.
            if epochs_done(folder) > 1:
                raise UsageError(
                    f"{folder} holds a run without its checkpoint, which cannot go on: choose another --out"
                )
            print(f"nothing to resume in {folder}: starting at the first epoch")
            return cls(folder, origin, [])
        progress = checkpoint.read_progress(saved)
        for key, now in origin.comparable.items():
            was = progress.settings.get(key)
            if was != now:
                raise UsageError(f"{folder} was started {_otherwise(key, was, now)}, or choose another --out")
        return cls(folder, origin, progress.history)

    @property
    def best(self) -> Entry:
        """The first of the epochs with the highest merit (see train.score.metrics)."""
        return max(self.history, key=lambda entry: metrics.merit(entry, self.origin.votes_share))

    def restore(self, model: Any) -> None:
        """Put a compiled Keras model of the same build into the state after the last whole epoch.

        Raises:
            DataError: the checkpoint is of another net.
        """
        from train.learn import checkpoint

        checkpoint.restore(self.folder / _CHECKPOINT_NAME, model)

    def add(self, entry: Entry, net: Any, model: Any) -> None:
        """Record a finished epoch in all files.

        Args:
            net: the Keras model as it was scored, in plain layers; kept if the epoch is the best so far.
            model: the compiled Keras model that goes on training, for the checkpoint.
        """
        from train.learn import checkpoint

        self.history.append(entry)
        if self.best is entry:
            _save(net, self.folder / MODEL_NAME)
        self.describe()
        # Last: a kill before this line repeats the epoch, and then writes the same model again.
        progress = checkpoint.Progress(self.origin.comparable, self.history)
        checkpoint.save(self.folder / _CHECKPOINT_NAME, model, progress)

    def describe(self) -> None:
        """Write model.json, history.json and curves.png as the run stands: one that is stopped is of use too."""
        best, n = self.best, self.origin.validation_images
        progress = {
            "epochs_done": len(self.history),
            "validation": {
                "epoch": best["epoch"],
                "accuracy": best["val_accuracy"],
                "interval": [round(x, 4) for x in metrics.interval(round(best["val_accuracy"] * n), n)],
                "n": n,
                "baseline": self.origin.baseline.as_dict(),
                **({"consensus": best["val_consensus"]} if "val_consensus" in best else {}),
            },
            "seconds": round(sum(entry["seconds"] for entry in self.history), 1),
            "versions": backend.versions(),
        }
        whole_file.write_json(self.folder / _HISTORY_NAME, self.history)
        replace(self.origin.net, training=self.origin.net.training | progress).write(self.folder / MODEL_NAME)
        with whole_file.partial(self.folder / _CURVES_NAME, suffix=".png") as new:
            report.curves(self.history, best, self.origin.baseline, new)


def _otherwise(key: str, was: Any, now: Any) -> str:
    """How a run was started, in words, and what to do so that it can go on.

    Args:
        key: of Origin.comparable, with its value then and now.
    """
    if key == "images":
        return (
            "on other images, labels or votes than these: resume it with the same --data, --ferplus, --teachers, "
            "--crop and --skip-broken"
        )
    if key == "from":
        return f"{f'from {was}' if was else 'from chance'}: resume it with {f'--from {was}' if was else 'no --from'}"
    if isinstance(was, dict) and isinstance(now, dict):
        key, was, now = next((part, was.get(part), now[part]) for part in now if was.get(part) != now[part])
    keeps = {"backend": f"KERAS_BACKEND={was}", "arithmetic": f"--precision {was}"}
    cure = f": resume it with {keeps[key]}" if key in keeps else ": a resume keeps its settings; resume it with them"
    return f"with {key} = {was}, not {now}{cure}"


def write(folder: Path, net: Any, described: Description) -> None:
    """A run folder of a Keras model that was made in one step and not epoch by epoch.

    Raises:
        UsageError: the folder holds a model already.
    """
    check_free(folder)
    folder.mkdir(parents=True, exist_ok=True)
    described.write(folder / MODEL_NAME)
    _save(net, folder / MODEL_NAME)  # last: where the model is, all is there


def check_free(folder: Path) -> None:
    """Raise UsageError if the folder holds a model."""
    if holds_model(folder):
        raise UsageError(f"{folder} holds a model already: choose another --out")


def holds_model(folder: Path) -> bool:
    """Whether a net was written there."""
    return (folder / MODEL_NAME).exists()


def epochs_done(folder: Path) -> int:
    """Whole epochs that a run folder records; 0 where there is no run."""
    try:
        return len(json.loads((folder / _HISTORY_NAME).read_text()))
    except FileNotFoundError:
        return 0


def began(folder: Path) -> str | None:
    """The day on which a run that is there was begun, as its record has it."""
    try:
        return str(json.loads((folder / MODEL_NAME).with_suffix(".json").read_text())["training"]["made"]["date"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _save(net: Any, path: Path) -> None:
    with whole_file.partial(path, suffix=path.suffix) as new:  # Keras tells formats by the suffix
        net.save(new)
