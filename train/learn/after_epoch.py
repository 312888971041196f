"""What follows an epoch: the averaged weights are scored on validation, and the run is told."""

import time

import keras
import numpy as np

from train.data import ferplus
from train.data.splits import Split
from train.learn.batches import Batches
from train.net.model import build
from train.net.trained import levelled, probabilities
from train.run import Entry, Run
from train.score import metrics

_STATISTICS = 4096  # images that tell the averaged net's normalization what it normalizes


class AfterEpoch(keras.callbacks.Callback):
    """Scores the averaged weights on validation and adds the epoch to the run, which keeps the best.

    Args:
        run: takes the epochs.
        plan: name of the net's plan; what is kept is built of its plain Keras layers.
        validation: its images as the data has them; they are levelled here.
        batches: what the epochs are trained on; told when one begins.
    """

    def __init__(self, run: Run, plan: str, validation: Split, batches: Batches):
        super().__init__()
        self.run, self.batches = run, batches
        names = run.origin.net.labels
        self.labels, self.images = validation.labels, levelled(validation.images)
        self.consensus = None if validation.votes is None else ferplus.consensus(validation.votes, names)
        self.kept = build(plan, run.origin.net.size, len(names))

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Called by Keras with the epoch, counted from 0."""
        self.batches.start_epoch(epoch)
        self.started = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Called by Keras with the epoch, counted from 0, and its loss and accuracy on the training images."""
        raw = self.model.get_weights()
        self.model.set_weights(self._averaged())
        # np.resize takes the first images of the epoch, and starts over where there are fewer than that.
        renormalize(self.model, self.batches.images[np.resize(self.batches.order, _STATISTICS)])
        self.kept.set_weights(self.model.get_weights())
        answers = probabilities(self.model, self.images)
        self.model.set_weights(raw)
        entry = {
            "epoch": epoch + 1,
            **{name: round(float(value), 6) for name, value in (logs or {}).items()},
            **_validation_scores(self.labels, self.consensus, answers),
            "seconds": round(time.monotonic() - self.started, 1),
        }
        print(f" - validation: {validation_line(entry, self.run.origin.baseline)}")
        self.run.add(entry, self.kept, self.model)

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
    """Of probabilities [N, L] and labels int [N]; consensus int [N], -1 where there is none."""
    likelihood = np.maximum(probabilities[np.arange(len(labels)), labels], 1e-12)
    answers = probabilities.argmax(axis=1)
    scores = {
        "val_loss": round(-float(np.log(likelihood).mean()), 6),
        "val_accuracy": round(float((answers == labels).mean()), 6),
    }
    if consensus is not None and (consensus >= 0).any():
        scores["val_consensus"] = round(float((answers == consensus)[consensus >= 0].mean()), 6)
    return scores


def validation_line(entry: Entry, baseline: metrics.Baseline) -> str:
    """An epoch's accuracy in words beside what the largest label alone gives; FER+'s consensus where it is known."""
    consensus = f", {100 * entry['val_consensus']:.1f} % of FER+'s consensus" if "val_consensus" in entry else ""
    return f"{100 * entry['val_accuracy']:.1f} % on validation ({baseline}){consensus}"
