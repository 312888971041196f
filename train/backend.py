"""Keras and the backend under it: loaded without their greetings, and told by their versions."""

import os
import platform
from importlib import metadata

from device.process.quiet import quiet_stderr


def load_keras() -> None:
    """Import Keras on the backend that KERAS_BACKEND names; a command calls this before anything that needs Keras."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with quiet_stderr():
        import keras

        # At first use the backend looks for graphics cards, and Keras loads TensorFlow if it is there: both at length.
        keras.utils.set_random_seed(0)
        keras.ops.zeros(1)


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
