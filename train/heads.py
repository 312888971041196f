"""One head from a teacher's two: a net that answers between FER-2013's labels and FER+'s votes."""

from pathlib import Path

import keras
import numpy as np

from device.errors import ModelError, UsageError
from train import run_folder
from train.whole_file import write_json


def merge(path: Path, votes_share: float, out: Path) -> None:
    """Write the run folder of a net with one head, whose logits are the weighted mean of both heads' logits.

    Heads are linear, so the mean of their logits is a head again: no training, and no cost when it runs. Its answers
    are the heads' weighted geometric mean.

    Args:
        path: .keras file of a net with two heads.
        votes_share: weight of the head that learned FER+'s votes, 0 to 1.

    Raises:
        UsageError: the folder holds a model already.
        ModelError: not loadable, or not of two heads.
    """
    if (out / "model.keras").exists():
        raise UsageError(f"{out} holds a model already: choose another --out")
    model = run_folder.load(path)
    if model.heads != 2:
        raise ModelError(f"{path}: has one head already; only a teacher's two can be merged")
    heads = model.keras.get_layer("heads")
    labels = len(model.labels)
    shares = (1 - votes_share, votes_share)
    kernel, bias = (
        sum(share * part for share, part in zip(shares, np.split(weights, 2, axis=-1), strict=True))
        for weights in heads.get_weights()
    )
    logits = keras.layers.Dense(labels, name="logits")
    merged = keras.Model(model.keras.input, logits(heads.input), name=model.keras.name)
    logits.set_weights([kernel, bias])
    out.mkdir(parents=True, exist_ok=True)
    described = {
        "labels": list(model.labels),
        "input_size": model.size,
        "pixel_scale": 1.0,
        "light": model.light,
        "training": model.training | {"votes_share": votes_share},
    }
    write_json(out / "model.json", described)
    run_folder.save_model(out, merged)  # last: where it is, all is there
