"""The int8 net, with the real converter and the real interpreter: int8 throughout, and as good as the float one."""

from pathlib import Path

import numpy as np
import pytest

from convert.quantize import calibration_images
from device.errors import DataError
from device.net import model_file
from device.net.classifier import Classifier
from train.data import splits
from train.net import trained


def test_the_net_is_int8_throughout_and_takes_pixels_one_to_one(released: Path) -> None:
    from ai_edge_litert.interpreter import Interpreter

    net = Interpreter(model_path=str(released / "emotion.tflite"))
    net.allocate_tensors()
    assert {np.dtype(tensor["dtype"]).name for tensor in net.get_tensor_details()} <= {"int8", "int32"}
    assert net.get_input_details()[0]["quantization"] == pytest.approx((1.0, -128), abs=1e-6)
    assert net.get_output_details()[0]["dtype"] is np.int8


def test_int8_answers_as_the_float_model_does(released: Path, run: Path, npz: Path) -> None:
    images = splits.load(npz).test.images
    classifier = Classifier(model_file.load(released / "emotion.tflite"))
    int8 = np.stack([classifier.logits(image) for image in images])
    model = trained.load(run / "model.keras")
    full = trained.predict(model.keras, model.seen(images))
    assert (int8.argmax(axis=1) == full.argmax(axis=1)).mean() > 0.97
    assert np.abs(int8 - full).mean() < 0.25 * full.std()


def test_calibration_takes_training_images_only_and_spans_all_greys(npz: Path) -> None:
    loaded = splits.load(npz)
    images = calibration_images(loaded.train.images)
    assert images[0].min() == 0
    assert images[0].max() == 255
    assert set(splits.pixel_keys(images[1:])) <= set(loaded.train.keys)
    with pytest.raises(DataError, match="Training"):
        calibration_images(loaded.train.images[:0])
