"""Keras model to full-integer int8 TFLite bytes (post-training, per channel, calibrated on training images)."""

import contextlib
import io
import warnings
from collections.abc import Iterator

import keras
import numpy as np
from tqdm import tqdm

from device.errors import DataError, ModelError
from train.net.trained import TrainedModel

CALIBRATION_IMAGES = 512


def calibration_images(train_images: np.ndarray, seed: int = 1) -> np.ndarray:
    """uint8 [512 at most, H, W]: images to calibrate on, and before them one that spans black to white.

    The span fixes the input at scale 1 and zero point -128: int8 pixel = pixel - 128, and nothing clips.

    Args:
        train_images: uint8 [N, H, W], the training split's as the net sees them.
        seed: of the choice among them.

    Raises:
        DataError: there is no training image.
    """
    if not len(train_images):
        raise DataError("no training image to calibrate on: the data must hold the Training split")
    chosen = np.random.default_rng(seed).permutation(len(train_images))[: CALIBRATION_IMAGES - 1]
    height, width = train_images.shape[1:]
    ramp = np.linspace(0, 255, height * width).round().astype(np.uint8).reshape(1, height, width)
    return np.concatenate([ramp, train_images[np.sort(chosen)]])


def quantize(model: TrainedModel, images: np.ndarray) -> bytes:
    """The model as a .tflite: int8 pixels in, int8 logits out, batch of one, every operation in int8.

    Args:
        images: uint8 [N, H, W], to calibrate the ranges of the activations on.

    Raises:
        ModelError: the converter cannot express the model in int8.
    """
    import tensorflow as tf

    def samples() -> Iterator[list[np.ndarray]]:
        for image in tqdm(images, desc="calibrating", unit=" images"):
            yield [image[None, ..., None].astype(np.float32)]

    # A fixed batch: with an open one, SHAPE and PACK operations would stay in the file.
    image = keras.Input(batch_shape=(1, model.size, model.size, 1), dtype="float32", name="image")
    converter = tf.lite.TFLiteConverter.from_keras_model(keras.Model(image, model.keras(image)))
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = samples
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")  # the converter's own deprecation notes
            return bytes(converter.convert())
    except Exception as error:  # the converter raises whatever its C++ parts do
        raise ModelError(
            f"the converter cannot make an int8 model of it: {str(error).splitlines()[0][:160]}"
        ) from error
