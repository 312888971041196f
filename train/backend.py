"""Loads Keras and its backend without their greetings."""

import os

from device.process.quiet import quiet_stderr


def load_keras() -> None:
    """Import Keras on the backend that KERAS_BACKEND names; a command calls this before anything that needs Keras."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with quiet_stderr():
        import keras

        # At first use the backend looks for graphics cards, and Keras loads TensorFlow if it is there: both at length.
        keras.utils.set_random_seed(0)
        keras.ops.zeros(1)
