"""Keras and the backend under it: loaded without their greetings, and told by their versions."""

import json
import os
import platform
from importlib import metadata, util
from pathlib import Path

from device.errors import UsageError
from device.process.quiet import quiet_stderr

BACKENDS = ("tensorflow", "torch", "jax")  # that Keras trains on


def check() -> None:
    """Raise UsageError where Keras, or the backend that is asked for, is not there; loads neither."""
    if util.find_spec("keras") is None:
        raise UsageError("Keras is not installed: pip install '.[train]'")
    name = _named()
    installed = [backend for backend in BACKENDS if util.find_spec(backend)]
    others = f", or take {' or '.join(f'KERAS_BACKEND={one}' for one in installed)}" if installed else ""
    if name not in BACKENDS:
        meant = f" (did you mean {name.lower()}?)" if name.lower() in BACKENDS else ""
        raise UsageError(f"KERAS_BACKEND={name}: training runs on {', '.join(BACKENDS)}{meant}{others}")
    if name not in installed:
        raise UsageError(f"KERAS_BACKEND={name}, but {name} is not installed: pip install {name}{others}")


def _named() -> str:
    """The backend as Keras chooses it: by the environment, else by its own file of settings."""
    named = os.environ.get("KERAS_BACKEND")
    if named:
        return named
    home = Path(os.environ.get("KERAS_HOME") or Path("~").expanduser() / ".keras")
    try:
        return str(json.loads((home / "keras.json").read_text())["backend"])
    except (OSError, ValueError, KeyError, TypeError):
        return BACKENDS[0]


def load_keras() -> None:
    """Import Keras on the backend that KERAS_BACKEND names; a command calls this before anything that needs Keras.

    Raises:
        UsageError: it is not installed, or not whole.
    """
    check()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        with quiet_stderr():
            import keras

            # At first use the backend looks for graphics cards, and Keras loads TensorFlow if it is there: both at
            # length.
            keras.utils.set_random_seed(0)
            keras.ops.zeros(1)
    except (ImportError, OSError) as error:  # a library that is missing, or of another machine
        reason = (str(error).splitlines() or [type(error).__name__])[0][:160]
        raise UsageError(f"Keras cannot be loaded on {_named()} ({reason}): install {_named()} anew") from error


def versions() -> dict[str, str]:
    """What trains and converts here, by name: Python, Keras, its backend, NumPy, OpenCV."""
    import keras

    backend = keras.backend.backend()
    found = {"python": platform.python_version(), "backend": backend}
    for package in ("keras", backend, "numpy", "opencv-python-headless"):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found
