"""The state of a training run after a whole epoch, in one file that is never half written."""

import json
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from keras import Model, ops

from device.errors import DataError
from device.process import whole_file


@dataclass(frozen=True)
class Progress:
    """How far a run has come."""

    settings: dict[str, Any]  # what has to be the same for a resume (see train.run.Origin)
    history: list[dict[str, float]]  # one entry per finished epoch (see train.run.Entry)


def save(path: Path, model: Model, progress: Progress) -> None:
    """Write weights, optimizer (momentum, averages, step) and seeds; a kill leaves the former file whole.

    Raises:
        OSError: the disk.
    """
    arrays = {f"v{number}": np.asarray(value) for number, value in enumerate(_values(model))}
    meta = json.dumps({"settings": progress.settings, "history": progress.history})
    with whole_file.partial(path) as new, new.open("wb") as file:
        np.savez(file, allow_pickle=False, meta=np.array(meta), **arrays)


def read_progress(path: Path) -> Progress:
    """The run's settings and history.

    Raises:
        DataError: not a checkpoint.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return Progress(**json.loads(str(archive["meta"])))
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"{path}: not a checkpoint of this program ({error}); start again without --resume") from error


def restore(path: Path, model: Model) -> None:
    """Put the saved values into a compiled model of the same build.

    Raises:
        DataError: the checkpoint is of another net.
    """
    variables = _variables(model)
    with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
        saved = [archive[f"v{number}"] for number in range(len(archive.files) - 1)]
    if [value.shape for value in saved] != [tuple(v.shape) for v in variables]:
        raise DataError(f"{path}: holds another net; start again without --resume")
    for variable, value in zip(variables, saved, strict=True):
        variable.assign(value)


def _variables(model: Model) -> list[Any]:
    """Weights, dropout seeds and the optimizer's state; not the metrics, which start afresh each epoch."""
    seeds = [generator.state for layer in model.layers for generator in getattr(layer, "_seed_generators", [])]
    return [*model.weights, *seeds, *model.optimizer.variables]


def _values(model: Model) -> list[Any]:
    return [ops.convert_to_numpy(variable) for variable in _variables(model)]
