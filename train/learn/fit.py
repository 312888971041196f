"""Train a net: data and settings to a run folder. Any Keras backend."""

import hashlib
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import numpy as np

from train.data import enough
from train.data.splits import Data
from train.learn import targets
from train.learn.after_epoch import AfterEpoch, validation_line
from train.learn.batches import Batches
from train.learn.compiled import arithmetic, compiled, optimization
from train.learn.settings import Settings
from train.net import plans
from train.net.description import Description
from train.net.fine_tune import transfer
from train.net.trained import levelled
from train.run import Origin, Run
from train.score import metrics
from train.teach.teachers import SoftLabels


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

    The folder (see train.run) is written anew after every epoch; the net in it has the best epoch's averaged weights.
    An epoch's images, their order and their augmentation follow from (seed, epoch) alone, so a resumed run repeats the
    unfinished epoch as it was.

    Args:
        facts: about the data (path, report), for model.json.
        start: a .keras file whose weights to start from, where layers fit (fine-tuning).
        taught: teachers' answers to the training images, to learn from too (distillation).

    Raises:
        DataError: too few labels or images (see train.data.enough).
        UsageError: the folder holds a run already, or a checkpoint of other settings.
    """
    enough.check(data)
    wanted = _targets(data, settings, taught)
    faces = np.flatnonzero(wanted.reshape(len(wanted), -1).any(axis=1))  # rows that anything is asked of
    steps = max(1, len(faces) // settings.batch)
    training = {
        **facts,
        "images_trained_on": len(faces),
        "settings": asdict(settings),
        "seed": settings.seed,
        **optimization(settings, steps),
    }
    origin = Origin(
        net=Description(data.names, settings.size, "level", training, faces=data.of_faces),
        comparable=_comparable(settings, data, start, taught),
        validation_images=len(data.validation),
        baseline=metrics.baseline(data.validation.labels, data.names),
        votes_share=0.5 if _has_two_heads(settings) else settings.ferplus_weight,
    )
    run = Run.begin(out, origin, resume)

    keras.utils.set_random_seed(settings.seed)
    images = levelled(data.train.images)
    batches = Batches(images, wanted, faces, settings.batch, settings.seed, settings.augmentation, settings.mixup)
    model = compiled(settings, len(data.names), steps)
    if run.history:
        run.restore(model)
        print(f"resuming after epoch {len(run.history)} of {settings.epochs}")
    elif start is not None:
        print(f"starting from {start}: {transfer(start, model)} layers")
    precision = model.layers[1].compute_dtype
    print(f"{len(faces):,} images an epoch, {keras.backend.backend()} backend, {precision}")
    model.fit(
        batches,
        epochs=settings.epochs,
        initial_epoch=len(run.history),
        shuffle=False,
        callbacks=[AfterEpoch(run, settings.model, data.validation, batches)],
        verbose="auto" if os.isatty(1) else 2,
    )
    run.describe()  # again, for a finished run that was resumed: no epoch has followed
    print(
        f"best: epoch {run.best['epoch']}, {validation_line(run.best, origin.baseline)}\n"
        f"wrote {out}/model.keras, model.json, history.json and curves.png\n{_what_it_reads(data)}\n"
        f"next: python -m train evaluate {out}/model.keras --data PATH"
    )


def _what_it_reads(data: Data) -> str:
    """A line: it decides what the kiosk looks for."""
    if data.of_faces:
        return "it reads faces"
    why = "--crop whole took them" if data.taken.crop == "whole" else "no label is an emotion"
    return f'it reads whole pictures, since {why}; if they are of faces, write "faces": true into model.json'


def _has_two_heads(settings: Settings) -> bool:
    return plans.find(settings.model).heads == 2


def _targets(data: Data, settings: Settings, taught: SoftLabels | None) -> np.ndarray:
    """float32 [N, L], or [N, 2, L] for a net with two heads."""
    if _has_two_heads(settings):
        return targets.apart(data.train, data.names, settings.label_smoothing, taught, settings.teacher_weight)
    return targets.mixed(
        data.train, data.names, settings.ferplus_weight, settings.label_smoothing, taught, settings.teacher_weight
    )


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
        "arithmetic": arithmetic(settings.precision),
    }
    return json.loads(json.dumps(everything))
