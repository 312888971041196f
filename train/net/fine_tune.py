"""Starting from a trained net instead of from chance."""

from pathlib import Path

import keras
import numpy as np

from device.errors import ModelError
from train.net import plans, trained


def transfer(source: Path, model: keras.Model) -> int:
    """Copy weights from a .keras file into layers of the same name and shapes; returns how many layers took them.

    Raises:
        ModelError: not loadable, or a net in which less than half of the layers fit, so that hardly anything of it
            would be left.
    """
    other = trained.load(source)
    theirs = {layer.name: layer.get_weights() for layer in other.keras.layers}
    weighted = [layer for layer in model.layers if layer.get_weights()]
    fitting = [layer for layer in weighted if _shapes(theirs.get(layer.name, [])) == _shapes(layer.get_weights())]
    if 2 * len(fitting) < len(weighted):
        own = f"a net of the plan {other.keras.name!r}" if other.keras.name in plans.PLANS else "no net of this program"
        raise ModelError(
            f"{source}: {len(fitting)} of {len(weighted)} layers fit the net {model.name!r}, since it is {own}: choose "
            f"--model ({', '.join(plans.PLANS)}) as it was trained, or leave --from out"
        )
    for layer in fitting:
        layer.set_weights(theirs[layer.name])
    return len(fitting)


def _shapes(weights: list[np.ndarray]) -> list[tuple[int, ...]]:
    return [weight.shape for weight in weights]
