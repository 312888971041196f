"""Train a net: schedule, average of weights, checkpoints, resume. Any Keras backend."""

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np

from device.errors import DataError, UsageError
from train import report, run_folder
from train.data.splits import Data, describe
from train.learn import checkpoint, targets
from train.learn.after_epoch import AfterEpoch, validation_line
from train.learn.augment import Augmentation
from train.learn.batches import Batches
from train.learn.muon import Muon
from train.net.model import PLANS, build
from train.score import metrics
from train.teach.teachers import SoftLabels
from train.whole_file import write_json


@dataclass(frozen=True)
class Settings:
    """All that decides a run's result, besides the data."""

    model: str = "default"
    size: int = 48  # of the input, pixels
    epochs: int = 40
    seed: int = 1
    batch: int = 128
    peak_rate: float = 0.03  # learning rate after the warm-up: how far a step turns a kernel (see train/learn/muon.py)
    warmup: float = 0.08  # share of the steps
    momentum: float = 0.9
    label_smoothing: float = 0.1  # of the own label; votes and teachers are soft already
    average: float = 0.05  # share of the steps that the average of weights (Polyak) looks back over
    ferplus_weight: float = 0.3  # of the target from FER+ votes, where they are given; a teacher learns them apart
    teacher_weight: float = 0.7  # of the target from the teachers' answers, where they are given
    precision: str = "auto"  # float32, mixed_bfloat16; auto takes the faster one that this machine has
    mixup: float = 0.0  # share of images laid over another of their batch
    augmentation: Augmentation = field(default_factory=Augmentation)


def fit(
    data: Data,
    settings: Settings,
    out: Path,
    facts: dict[str, Any],
    resume: bool,
    start: Path | None,
    taught: SoftLabels | None = None,
) -> None:
    """Train on `data.train`, choose on `data.validation`, both levelled (see device.net.crop), write the run folder.

    The folder holds model.keras (the best epoch's averaged weights), model.json (what it is and how it was made),
    history.json and curves.png, all written anew after every epoch, and checkpoint.npz to resume from. An epoch's
    images, their order and their augmentation follow from (seed, epoch) alone, so a resumed run repeats the
    unfinished epoch as it was.

    Args:
        facts: about the data (path, report), for model.json.
        start: a .keras file whose weights to start from, where layers fit (fine-tuning).
        taught: teachers' answers to the training images, to learn from too (distillation).

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
    as_saved = _comparable(settings, data, start, taught)
    history = _history_to_continue(out, saved, as_saved, resume)
    out.mkdir(parents=True, exist_ok=True)

    keras.utils.set_random_seed(settings.seed)
    wanted = _targets(data, settings, taught)
    faces = np.flatnonzero(wanted.reshape(len(wanted), -1).any(axis=1))
    images = run_folder.levelled(data.train.images)
    batches = Batches(images, wanted, faces, settings.batch, settings.seed, settings.augmentation, settings.mixup)
    model = compiled(settings, len(data.names), len(batches))
    if start is not None and not history:
        print(f"starting from {start}: {run_folder.transfer(start, model)} of {len(model.layers)} layers")
    if history:
        checkpoint.restore(saved, model)
        print(f"resuming after epoch {len(history)} of {settings.epochs}")
    precision = model.layers[1].compute_dtype
    print(f"{describe(data.report)}\n{len(faces):,} images an epoch, {keras.backend.backend()} backend, {precision}")

    def save_model(averaged: list[np.ndarray]) -> None:
        plain = build(settings.model, settings.size, len(data.names))
        plain.set_weights(averaged)
        run_folder.save_model(out, plain)

    def describe_run() -> None:
        _describe_run(data, settings, out, facts, history, len(faces))

    def is_best(entry: dict[str, float]) -> bool:
        return entry is _best(history, settings)

    keeper = AfterEpoch(
        data.validation, data.names, batches, history, as_saved, saved, is_best, save_model, describe_run
    )
    model.fit(
        batches,
        epochs=settings.epochs,
        initial_epoch=len(history),
        shuffle=False,
        callbacks=[keeper],
        verbose="auto" if os.isatty(1) else 2,
    )
    describe_run()
    best = _best(history, settings)
    print(
        f"best: epoch {best['epoch']}, {validation_line(best)}\n"
        f"wrote {out}/model.keras, model.json, history.json and curves.png\n"
        f"next: python -m train evaluate {out}/model.keras --data PATH"
    )


def compiled(settings: Settings, labels: int, steps_per_epoch: int) -> keras.Model:
    """A fresh net with its optimizer, in the precision that is fastest here.

    Raises:
        UsageError: no such model or precision.
    """
    dtype, norm = _fastest(settings.precision)
    model = build(settings.model, settings.size, labels, dtype=dtype, norm=norm)
    model.compile(
        optimizer=_optimizer(settings, steps_per_epoch),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        jit_compile=False if keras.backend.backend() == "torch" else "auto",
    )
    model.optimizer.build(model.trainable_variables)
    return model


def _optimizer(settings: Settings, steps_per_epoch: int) -> keras.optimizers.Optimizer:
    steps = settings.epochs * steps_per_epoch
    warmup = max(1, int(steps * settings.warmup))
    rate = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=settings.peak_rate / 20,
        decay_steps=max(1, steps - warmup),
        warmup_target=settings.peak_rate,
        warmup_steps=warmup,
    )
    return Muon(
        rate,
        momentum=settings.momentum,
        use_ema=True,
        ema_momentum=1 - 1 / max(1.0, steps * settings.average),
    )


def _fastest(precision: str) -> tuple[str, type[keras.layers.BatchNormalization]]:
    """(dtype policy, batch normalization) for this backend and machine."""
    if precision not in ("auto", "float32", "mixed_bfloat16"):
        raise UsageError(f"precision {precision!r} is none of auto, float32, mixed_bfloat16")
    if keras.backend.backend() != "torch":
        return "float32" if precision == "auto" else precision, keras.layers.BatchNormalization
    import torch

    from train.net.torch_norm import TorchBatchNormalization

    fast = torch.cuda.is_available() or "avx512_bf16" in _cpu_flags()
    return ("mixed_bfloat16" if fast else "float32") if precision == "auto" else precision, TorchBatchNormalization


def _cpu_flags() -> str:
    try:
        return Path("/proc/cpuinfo").read_text()
    except OSError:
        return ""


def _comparable(settings: Settings, data: Data, start: Path | None, taught: SoftLabels | None) -> dict[str, Any]:
    """What must be the same for a resume to continue the same run, as it comes back from JSON."""
    digest = hashlib.blake2b(repr(data.names).encode(), digest_size=8)
    for split in (data.train, data.validation):
        for array in (split.keys, split.labels, split.votes):
            digest.update(b"" if array is None else array.tobytes())
    if taught is not None:
        digest.update(taught.keys.tobytes() + taught.own.tobytes() + taught.votes.tobytes())
    everything = {
        **asdict(settings),
        "images": digest.hexdigest(),
        "from": str(start) if start else None,
        "backend": keras.backend.backend(),
        "arithmetic": _fastest(settings.precision)[0],
    }
    return json.loads(json.dumps(everything))


def _history_to_continue(out: Path, saved: Path, settings: dict[str, Any], resume: bool) -> list[dict[str, float]]:
    if not resume:
        if saved.exists() or (out / "model.keras").exists():
            raise UsageError(f"{out} holds a run already: continue it with --resume, or choose another --out")
        return []
    if not saved.exists():
        if _epochs_described(out) > 1:
            raise UsageError(f"{out} holds a run without its checkpoint, which cannot go on: choose another --out")
        print(f"nothing to resume in {out}: starting at the first epoch")
        return []
    progress = checkpoint.read_progress(saved)
    changed = [key for key in settings if progress.settings.get(key) != settings[key]]
    if changed:
        was, now = progress.settings.get(changed[0]), settings[changed[0]]
        raise UsageError(f"{out} was started with {changed[0]} = {was}, not {now}: a resume keeps its settings")
    return progress.history


def _epochs_described(out: Path) -> int:
    """The first epoch is described before there is a checkpoint: a run that was killed in between starts over."""
    try:
        return len(json.loads((out / "history.json").read_text()))
    except FileNotFoundError:
        return 0


def _best(history: list[dict[str, float]], settings: Settings) -> dict[str, float]:
    """The first of the epochs with the highest merit."""
    share = 0.5 if PLANS[settings.model].heads == 2 else settings.ferplus_weight
    return max(history, key=lambda entry: metrics.merit(entry, share))


def _targets(data: Data, settings: Settings, taught: SoftLabels | None) -> np.ndarray:
    if PLANS[settings.model].heads == 2:
        return targets.apart(data.train, data.names, settings.label_smoothing, taught, settings.teacher_weight)
    return targets.mixed(
        data.train, data.names, settings.ferplus_weight, settings.label_smoothing, taught, settings.teacher_weight
    )


def _describe_run(
    data: Data, settings: Settings, out: Path, facts: dict[str, Any], history: list[dict[str, float]], used: int
) -> None:
    """Write model.json, history.json and curves.png as the run stands, so that one that is stopped is of use too."""
    best = _best(history, settings)
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
            **({"consensus": best["val_consensus"]} if "val_consensus" in best else {}),
        },
        "seconds": round(sum(entry["seconds"] for entry in history), 1),
        "versions": run_folder.versions(),
    }
    described = {
        "labels": list(data.names),
        "input_size": settings.size,
        "pixel_scale": 1.0,
        "light": "level",
        "training": training,
    }
    write_json(out / "history.json", history)
    write_json(out / "model.json", described)
    report.curves(history, best, out / "curves.png")
