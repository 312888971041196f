"""The model that the settings name; `active` is the release that `current` points to."""

import sys

from device.errors import ModelError
from device.net import model_file
from device.net.model_file import ModelFile
from device.releases.store import BUNDLED, Store

ACTIVE = "active"


def load(model: str) -> ModelFile:
    """The model behind a --model or the setting. A damaged active release gives way to the bundled one, with a line.

    Raises:
        ModelError: there is no such model, or it is damaged.
    """
    if model != ACTIVE:
        return model_file.load(model_file.find(model))
    store = Store()
    try:
        return store.load(store.current())
    except ModelError as error:
        print(f"warning: {error}; the bundled model serves instead", file=sys.stderr, flush=True)
        return store.load(BUNDLED)
