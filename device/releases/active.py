"""The model that the settings name; `active` is the release that `current` points to."""

import sys
from pathlib import Path

from device.errors import ModelError
from device.net import model_file
from device.net.model_file import MODEL_NAME, ModelFile
from device.releases.store import BUNDLED, Store

ACTIVE = "active"


def find(model: str, store: Store) -> Path:
    """The .tflite behind a --model or the setting, whole or damaged; that of the active release need not be there.

    Raises:
        ModelError: there is none.
    """
    return store.path(store.current()) / MODEL_NAME if model == ACTIVE else model_file.find(model)


def load(model: str) -> ModelFile:
    """The model behind a --model or the setting. A damaged active release gives way to the bundled one, with a line.

    Raises:
        ModelError: there is no such model, or it is damaged.
    """
    store = Store()
    if model != ACTIVE:
        return model_file.load(find(model, store))
    try:
        return store.load(store.current())
    except ModelError as error:
        print(f"warning: {error}; the bundled model serves instead", file=sys.stderr, flush=True)
        return store.load(BUNDLED)
