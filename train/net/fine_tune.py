"""Starting from a trained net instead of from chance."""

from pathlib import Path

import keras

from device.errors import ModelError
from train.net import plans, trained


def transfer(source: Path, model: keras.Model) -> int:
    """Copy weights from a .keras file into layers of the same name and shapes; returns how many layers took them.

    Raises:
        ModelError: not loadable, or no layer fits.
    """
    other = trained.load(source)
    theirs = {layer.name: layer.get_weights() for layer in other.keras.layers}
    taken = 0
    for layer in model.layers:
        weights, own = theirs.get(layer.name, []), layer.get_weights()
        if own and [w.shape for w in weights] == [w.shape for w in own]:
            layer.set_weights(weights)
            taken += 1
    if not taken:
        own = f"a net of the plan {other.keras.name!r}" if other.keras.name in plans.PLANS else "no net of this program"
        raise ModelError(
            f"{source}: no layer of it fits the net {model.name!r}, since it is {own}: choose --model "
            f"({', '.join(plans.PLANS)}) as it was trained, or leave --from out"
        )
    return taken
