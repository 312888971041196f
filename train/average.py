"""One net from several that were fine-tuned from the same weights: the mean of each weight."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from device.errors import ModelError, UsageError
from train import run_folder
from train.json_file import write_json
from train.run_folder import TrainedModel


def average(paths: Sequence[Path], out: Path) -> TrainedModel:
    """Write the run folder of the mean net (model soups, Wortsman et al. 2022).

    Nets that go back to one set of weights lie in one valley of the loss, and what is between them is often better
    than either: between one that keeps to FER-2013's labels and one that keeps to FER+'s votes lies the trade of both.

    Raises:
        UsageError: the folder holds a model already.
        ModelError: not loadable, or of different nets, labels or light.
    """
    if (out / "model.keras").exists():
        raise UsageError(f"{out} holds a model already: choose another --out")
    models = [run_folder.load(path) for path in paths]
    first = models[0]
    shapes = [weight.shape for weight in first.keras.get_weights()]
    for path, model in zip(paths, models, strict=True):
        same = (model.labels, model.size, model.light) == (first.labels, first.size, first.light)
        if not same or [weight.shape for weight in model.keras.get_weights()] != shapes:
            raise ModelError(f"{path}: is another kind of net than {paths[0]}; only nets of one origin can be averaged")
    weights = zip(*(model.keras.get_weights() for model in models), strict=True)
    first.keras.set_weights([np.mean(values, axis=0, dtype=np.float64).astype(values[0].dtype) for values in weights])
    out.mkdir(parents=True, exist_ok=True)
    run_folder.save_model(out, first.keras)
    described = {
        "labels": list(first.labels),
        "input_size": first.size,
        "pixel_scale": 1.0,
        "light": first.light,
        "training": {"average_of": [model.training for model in models]},
    }
    write_json(out / "model.json", described)
    return first
