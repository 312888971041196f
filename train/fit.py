"""Train a net: schedule, average of weights, checkpoints, resume. Any Keras backend."""

import hashlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np

from device.errors import DataError, UsageError
from train import checkpoint, metrics, report, run_folder
from train.augment import Augmentation
from train.batches import Batches, soft_targets
from train.data import Data, Split, describe
from train.json_file import write_json
from train.model import build


@dataclass(frozen=True)
class Settings:
    """All that decides a run's result, besides the data."""

    model: str = "default"
    size: int = 48  # of the input, pixels
    epochs: int = 40
    seed: int = 1
    batch: int = 128
    peak_rate: float = 0.15  # learning rate after the warm-up
    warmup: float = 0.08  # share of the steps
    momentum: float = 0.9
    weight_decay: float = 4e-3  # decoupled; not on biases and normalization
    label_smoothing: float = 0.1
    average: float = 0.05  # share of the steps that the average of weights (Polyak) looks back over
    ferplus_weight: float = 0.25  # of the target from FER+ votes, where they are given
    precision: str = "auto"  # float32, mixed_bfloat16; auto takes the faster one that this machine has
    augmentation: Augmentation = field(default_factory=Augmentation)


def fit(data: Data, settings: Settings, out: Path, facts: dict[str, Any], resume: bool, start: Path | None) -> None:
    """Train on `data.train`, choose on `data.validation`, write the run folder.

    The folder holds model.keras (the best epoch's averaged weights), model.json (what it is and how it was made),
    history.json and curves.png, all written anew after every epoch, and checkpoint.npz to resume from. An epoch's
    images, their order and their augmentation follow from (seed, epoch) alone, so a resumed run repeats the
    unfinished epoch as it was.

    Args:
        facts: about the data (path, report), for model.json.
        start: a .keras file whose weights to start from, where layers fit (fine-tuning).

    Raises:
        DataError: no images to train or choose on.
        UsageError: the folder holds a run already, or a checkpoint of other settings.
    """
    if not len(data.train) or not len(data.validation):
        raise DataError(
            f"{len(data.train)} images to train on and {len(data.validation)} to choose on are too few: "
            "a tenth of the training images serves as validation"
        )
    saved = out / "checkpoint.npz"
    as_saved = _comparable(settings, data, start)
    history = _history_to_continue(out, saved, as_saved, resume)
    out.mkdir(parents=True, exist_ok=True)

    keras.utils.set_random_seed(settings.seed)
    targets = soft_targets(data.train, data.names, settings.ferplus_weight)
    faces = np.flatnonzero(targets.sum(axis=1) > 0)
    dtype, norm = _fastest(settings.precision)
    model = build(settings.model, settings.size, len(data.names), dtype=dtype, norm=norm)
    if start is not None and not history:
        print(f"starting from {start}: {run_folder.transfer(start, model)} of {len(model.layers)} layers")
    batches = Batches(data.train.images, targets, faces, settings.batch, settings.seed, settings.augmentation)
    model.compile(
        optimizer=_optimizer(settings, len(batches)),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=settings.label_smoothing),
        metrics=["accuracy"],
        jit_compile=False if keras.backend.backend() == "torch" else "auto",
    )
    model.optimizer.build(model.trainable_variables)
    if history:
        checkpoint.restore(saved, model)
        print(f"resuming after epoch {len(history)} of {settings.epochs}")
    print(f"{describe(data.report)}\n{len(faces):,} images an epoch, {keras.backend.backend()} backend, {dtype}")

    def save_model(averaged: list[np.ndarray]) -> None:
        plain = build(settings.model, settings.size, len(data.names))
        plain.set_weights(averaged)
        run_folder.save_model(out, plain)

    def describe_run() -> None:
        _describe_run(data, settings, out, facts, history, len(faces))

    keeper = _AfterEpoch(data.validation, batches, history, as_saved, saved, save_model, describe_run)
    model.fit(
        batches,
        epochs=settings.epochs,
        initial_epoch=len(history),
        shuffle=False,
        callbacks=[keeper],
        verbose="auto" if os.isatty(1) else 2,
    )
    describe_run()
    best = max(history, key=lambda entry: entry["val_accuracy"])
    print(
        f"best: epoch {best['epoch']}, {100 * best['val_accuracy']:.1f} % on validation\n"
        f"wrote {out}/model.keras, model.json, history.json and curves.png\n"
        f"next: python -m train evaluate {out}/model.keras --data PATH"
    )


class _AfterEpoch(keras.callbacks.Callback):
    """Scores the averaged weights on validation, keeps the best, writes the checkpoint."""

    def __init__(
        self,
        validation: Split,
        batches: Batches,
        history: list[dict[str, float]],
        settings: dict[str, Any],
        path: Path,
        save_model: Callable[[list[np.ndarray]], None],
        describe_run: Callable[[], None],
    ):
        super().__init__()
        self.validation, self.batches, self.history = validation, batches, history
        self.settings, self.path = settings, path
        self.save_model, self.describe_run = save_model, describe_run

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self.batches.start_epoch(epoch)
        self.started = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        raw, averaged = self.model.get_weights(), self._averaged()
        self.model.set_weights(averaged)
        logits = run_folder.predict(self.model, self.validation.images)
        self.model.set_weights(raw)
        entry = {
            "epoch": epoch + 1,
            **{name: round(float(value), 6) for name, value in (logs or {}).items()},
            "val_loss": round(_cross_entropy(self.validation.labels, logits), 6),
            "val_accuracy": round(float((logits.argmax(axis=1) == self.validation.labels).mean()), 6),
            "seconds": round(time.monotonic() - self.started, 1),
        }
        print(f" - val_loss: {entry['val_loss']:.4f} - val_accuracy: {entry['val_accuracy']:.4f}")
        if all(entry["val_accuracy"] > former["val_accuracy"] for former in self.history):
            self.save_model(averaged)
        self.history.append(entry)
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


def _optimizer(settings: Settings, steps_per_epoch: int) -> keras.optimizers.Optimizer:
    steps = settings.epochs * steps_per_epoch
    warmup = max(1, int(steps * settings.warmup))
    rate = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=settings.peak_rate / 20,
        decay_steps=max(1, steps - warmup),
        warmup_target=settings.peak_rate,
        warmup_steps=warmup,
    )
    optimizer = keras.optimizers.SGD(
        rate,
        momentum=settings.momentum,
        nesterov=True,
        weight_decay=settings.weight_decay,
        use_ema=True,
        ema_momentum=1 - 1 / max(1.0, steps * settings.average),
    )
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    return optimizer


def _fastest(precision: str) -> tuple[str, type[keras.layers.BatchNormalization]]:
    """(dtype policy, batch normalization) for this backend and machine."""
    if precision not in ("auto", "float32", "mixed_bfloat16"):
        raise UsageError(f"precision {precision!r} is none of auto, float32, mixed_bfloat16")
    if keras.backend.backend() != "torch":
        return "float32" if precision == "auto" else precision, keras.layers.BatchNormalization
    import torch

    from train.torch_norm import TorchBatchNormalization

    fast = torch.cuda.is_available() or "avx512_bf16" in _cpu_flags()
    return ("mixed_bfloat16" if fast else "float32") if precision == "auto" else precision, TorchBatchNormalization


def _cpu_flags() -> str:
    try:
        return Path("/proc/cpuinfo").read_text()
    except OSError:
        return ""


def _comparable(settings: Settings, data: Data, start: Path | None) -> dict[str, Any]:
    """What must be the same for a resume to continue the same run, as it comes back from JSON."""
    digest = hashlib.blake2b(repr(data.names).encode(), digest_size=8)
    for split in (data.train, data.validation):
        for array in (split.keys, split.labels, split.votes):
            digest.update(b"" if array is None else array.tobytes())
    everything = {**asdict(settings), "images": digest.hexdigest(), "from": str(start) if start else None}
    return json.loads(json.dumps(everything))


def _history_to_continue(out: Path, saved: Path, settings: dict[str, Any], resume: bool) -> list[dict[str, float]]:
    if not resume:
        if saved.exists() or (out / "model.keras").exists():
            raise UsageError(f"{out} holds a run already: continue it with --resume, or choose another --out")
        return []
    if not saved.exists():
        if (out / "model.json").exists():
            raise UsageError(f"{out} holds a run without its checkpoint, which cannot go on: choose another --out")
        print(f"nothing to resume in {out}: starting at the first epoch")
        return []
    progress = checkpoint.read_progress(saved)
    changed = [key for key in settings if progress.settings.get(key) != settings[key]]
    if changed:
        was, now = progress.settings.get(changed[0]), settings[changed[0]]
        raise UsageError(f"{out} was started with {changed[0]} = {was}, not {now}: a resume keeps its settings")
    return progress.history


def _cross_entropy(labels: np.ndarray, logits: np.ndarray) -> float:
    chosen = metrics.softmax(logits)[np.arange(len(labels)), labels]
    return -float(np.log(np.maximum(chosen, 1e-12)).mean())


def _describe_run(
    data: Data, settings: Settings, out: Path, facts: dict[str, Any], history: list[dict[str, float]], used: int
) -> None:
    """Write model.json, history.json and curves.png as the run stands, so that one that is stopped is of use too."""
    best = max(history, key=lambda entry: entry["val_accuracy"])
    n = len(data.validation)
    training = {
        **facts,
        "images_trained_on": used,
        "settings": asdict(settings),
        "seed": settings.seed,
        "epochs_done": len(history),
        "validation": {
            "epoch": best["epoch"],
            "accuracy": best["val_accuracy"],
            "interval": [round(x, 4) for x in metrics.interval(round(best["val_accuracy"] * n), n)],
            "n": n,
        },
        "seconds": round(sum(entry["seconds"] for entry in history), 1),
        "versions": run_folder.versions(),
    }
    described = {"labels": list(data.names), "input_size": settings.size, "pixel_scale": 1.0, "training": training}
    write_json(out / "history.json", history)
    write_json(out / "model.json", described)
    report.curves(history, out / "curves.png")
