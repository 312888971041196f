"""Starting from a trained net instead of from chance."""

from pathlib import Path

import keras

from device.errors import ModelError
from train.net import trained


def transfer(source: Path, model: keras.Model) -> int:
    """Copy weights from a .keras file into layers of the same name and shapes; returns how many layers took them.

    Raises:
        ModelError: not loadable, or no layer fits.
    """
    other = {layer.name: layer.get_weights() for layer in trained.load(source).keras.layers}
    taken = 0
    for layer in model.layers:
        weights, own = other.get(layer.name, []), layer.get_weights()
        if own and [w.shape for w in weights] == [w.shape for w in own]:
            layer.set_weights(weights)
            taken += 1
    if not taken:
        raise ModelError(f"{source}: no layer fits this model; train the same --model")
    return taken
