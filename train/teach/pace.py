"""How long an epoch of a plan takes on this machine: python -m train.teach.pace PLAN IMAGES"""

import sys
import time

from device.errors import exit_status
from train import backend

_STEPS = 6  # that are measured
_BATCH = 128  # images


def seconds_an_epoch(plan: str, images: int) -> float:
    """Measured over a few steps on noise, for a set of so many images; reading and scoring them add little.

    Raises:
        UsageError: no plan of that name.
    """
    backend.load_keras()
    import keras
    import numpy as np

    from train.learn.compiled import compiled
    from train.learn.settings import Settings

    settings = Settings(model=plan, batch=_BATCH)
    model = compiled(settings, labels=7, steps_per_epoch=1)
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 256, (_BATCH, settings.size, settings.size, 1)).astype(np.uint8)
    targets = np.full((_BATCH, *model.output_shape[1:]), 1 / 7, dtype=np.float32)

    def step() -> None:
        keras.ops.convert_to_numpy(model.train_on_batch(pixels, targets)[0])

    step()  # the first one compiles
    started = time.monotonic()
    for _ in range(_STEPS):
        step()
    return (time.monotonic() - started) / _STEPS * images / _BATCH


if __name__ == "__main__":
    sys.exit(exit_status(lambda: print(seconds_an_epoch(sys.argv[1], int(sys.argv[2])))))
