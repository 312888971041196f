"""What follows an epoch: the averaged weights are scored on validation, the best are kept, the run can be resumed."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from train import run_folder
from train.data import ferplus
from train.data.splits import Split
from train.learn import checkpoint
from train.learn.batches import Batches

_STATISTICS = 4096  # images that tell the averaged net's normalization what it normalizes


class AfterEpoch(keras.callbacks.Callback):
    """Scores the averaged weights on validation, keeps the best, writes the checkpoint."""

    def __init__(
        self,
        validation: Split,
        names: tuple[str, ...],
        batches: Batches,
        history: list[dict[str, float]],
        settings: dict[str, Any],
        path: Path,
        is_best: Callable[[dict[str, float]], bool],
        save_model: Callable[[list[np.ndarray]], None],
        describe_run: Callable[[], None],
    ):
        super().__init__()
        self.labels, self.images = validation.labels, run_folder.levelled(validation.images)
        self.batches, self.history = batches, history
        self.consensus = None if validation.votes is None else ferplus.consensus(validation.votes, names)
        self.settings, self.path = settings, path
        self.is_best, self.save_model, self.describe_run = is_best, save_model, describe_run

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self.batches.start_epoch(epoch)
        self.started = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        raw = self.model.get_weights()
        self.model.set_weights(self._averaged())
        renormalize(self.model, self.batches.images[np.resize(self.batches.order, _STATISTICS)])
        averaged = self.model.get_weights()
        probabilities = run_folder.probabilities(self.model, self.images)
        self.model.set_weights(raw)
        entry = {
            "epoch": epoch + 1,
            **{name: round(float(value), 6) for name, value in (logs or {}).items()},
            **_validation_scores(self.labels, self.consensus, probabilities),
            "seconds": round(time.monotonic() - self.started, 1),
        }
        print(f" - validation: {validation_line(entry)}")
        self.history.append(entry)
        if self.is_best(entry):
            self.save_model(averaged)
        self.describe_run()
        # Last: a kill before this line repeats the epoch, and then writes the same model again.
        checkpoint.save(self.path, self.model, checkpoint.Progress(self.settings, self.history))

    def _averaged(self) -> list[np.ndarray]:
        """All weights, the trainable ones averaged over the last steps."""
        average = {
            variable.path: keras.ops.convert_to_numpy(mean)
            for variable, mean in zip(
                self.model.trainable_variables, self.model.optimizer._model_variables_moving_average, strict=True
            )
        }
        return [average.get(w.path, keras.ops.convert_to_numpy(w)) for w in self.model.weights]


def renormalize(model: keras.Model, images: np.ndarray, batch: int = 128) -> None:
    """Let the batch normalizations measure anew, on uint8 [N, H, W]: their statistics were those of other weights than
    the averaged ones (Izmailov et al. 2018, stochastic weight averaging).
    """
    for start in range(0, len(images), batch):
        model(images[start : start + batch, ..., None], training=True)


def _validation_scores(labels: np.ndarray, consensus: np.ndarray | None, probabilities: np.ndarray) -> dict[str, float]:
    likelihood = np.maximum(probabilities[np.arange(len(labels)), labels], 1e-12)
    answers = probabilities.argmax(axis=1)
    scores = {
        "val_loss": round(-float(np.log(likelihood).mean()), 6),
        "val_accuracy": round(float((answers == labels).mean()), 6),
    }
    if consensus is not None and (consensus >= 0).any():
        scores["val_consensus"] = round(float((answers == consensus)[consensus >= 0].mean()), 6)
    return scores


def validation_line(entry: dict[str, float]) -> str:
    consensus = f", {100 * entry['val_consensus']:.1f} % of FER+'s consensus" if "val_consensus" in entry else ""
    return f"{100 * entry['val_accuracy']:.1f} % on validation{consensus}"
