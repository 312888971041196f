"""A net's weights at 16 bits in one .npz, with what the net is: small enough to be kept in the repository."""

import json
import zipfile
from pathlib import Path

import keras
import numpy as np

from device.errors import ModelError
from device.process import whole_file
from train.net import plans
from train.net.description import Description
from train.net.model import build


def rounded(net: keras.Model) -> None:
    """Round a net's weights as they will be kept, so that what is made of the net can be made of the file again."""
    net.set_weights([weight.astype(np.float16).astype(np.float32) for weight in net.get_weights()])


def write(path: Path, net: keras.Model, described: Description) -> None:
    """One .npz; a kill leaves the former file whole.

    Raises:
        ModelError: the net is of no plan.
    """
    plan = plans.of_channels(tuple(layer.filters for layer in net.layers if isinstance(layer, keras.layers.Conv2D)))
    if plan is None:
        raise ModelError(f"{path}: the net is of no plan, so its weights alone would not do")
    meta = json.dumps({"plan": plan, "outputs": net.output_shape[-1], "description": described.as_dict()})
    weights = {str(number): weight.astype(np.float16) for number, weight in enumerate(net.get_weights())}
    with whole_file.partial(path) as new, new.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, meta=np.array(meta), **weights)


def read(path: Path) -> tuple[keras.Model, Description]:
    """The net and what it is.

    Raises:
        ModelError: missing, or not such a file.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            meta = json.loads(str(archive["meta"]))
            weights = [archive[str(number)].astype(np.float32) for number in range(len(archive.files) - 1)]
        described = Description.parse(meta["description"], path)
        net = build(meta["plan"], described.size, meta["outputs"])
        net.set_weights(weights)
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror})") from error
    except (EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise ModelError(f"{path}: not a net's kept weights ({error})") from error
    return net, described
