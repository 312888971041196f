"""Releases that no kiosk should keep: real models that crash, hang, or do so only before a camera.

Their digests, cards and JSON are in order, so that nothing but running them shows it. Needs TensorFlow.
"""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from device.net import model_file, tflite_metadata
from device.net.card import Card
from device.net.model_file import JSON_NAME, MODEL_NAME

BUNDLED = model_file.BUNDLED / "default"
CORNER = 148 - 128  # the upper left pixel of every face of device/models/probes.png, as int8
ADD = 0  # operator's number in TFLite's schema


def write(out: Path, sealed: bytes, **facts: Any) -> Path:
    """A release folder with this model and a JSON that fits it."""
    out.mkdir(parents=True)
    (out / MODEL_NAME).write_bytes(sealed)
    described = json.loads((BUNDLED / JSON_NAME).read_text())
    described.pop("probes")
    described |= {"sha256": hashlib.sha256(sealed).hexdigest(), "bytes": len(sealed)} | facts
    (out / JSON_NAME).write_text(json.dumps(described))
    return out


def retrained(out: Path, change: dict[str, Any] | None = None) -> Path:
    """Another good release: the bundled net with another word in its card, so with another digest."""
    content = (BUNDLED / MODEL_NAME).read_bytes()
    word = json.loads(tflite_metadata.metadata(content)[model_file.CARD_ENTRY])
    blank = content.replace(word["file_sha256"].encode(), b"0" * 64)
    renamed = blank.replace(b'"command"', b'"COMMAND"')
    assert renamed != blank
    return write(out, model_file.seal(renamed), **(change or {}))


def faceless(out: Path) -> Path:
    """A good release of a net that reads whole pictures, as its card says."""
    content = (BUNDLED / MODEL_NAME).read_bytes()
    entry = tflite_metadata.metadata(content)[model_file.CARD_ENTRY]
    card = json.loads(entry) | {"faces": False, "training": {}, "file_sha256": "0" * 64}
    return write(out, model_file.seal(content.replace(entry, json.dumps(card).encode().ljust(len(entry)))))


def crashing(out: Path) -> Path:
    """An addition whose operand says nothing of its scale: XNNPACK aborts the process that loads it."""
    import keras
    import numpy as np

    from convert.card import embed
    from convert.quantize import quantize
    from train.net.trained import TrainedModel

    image = keras.Input((48, 48, 1))
    corners = keras.layers.Flatten()(keras.layers.AveragePooling2D(16)(image))
    net = keras.Model(image, keras.layers.Add()([keras.layers.Dense(7)(corners), keras.layers.Dense(7)(corners)]))
    card = Card(_labels(), 48, 48, crop_scale=1.0)
    pictures = np.random.default_rng(1).integers(0, 256, (16, 48, 48)).astype(np.uint8)

    def unscale(model: Any) -> None:
        graph = model.subgraphs[0]
        add = next(o for o in graph.operators if model.operatorCodes[o.opcodeIndex].builtinCode == ADD)
        graph.tensors[int(add.inputs[1])].quantization = None

    content = embed(quantize(TrainedModel(net, card.labels, 48, {}), pictures), card)
    return write(out, _changed(content, unscale))


def stalling(out: Path) -> Path:
    """Loops two thousand million times over each face."""
    return write(out, _built(lambda tf, corner: _loop(tf, corner > -129)))


def stalling_before_a_camera(out: Path) -> Path:
    """Answers the probes at once and loops over other faces."""
    return write(out, _built(lambda tf, corner: _loop(tf, corner != CORNER)))


def failing_before_a_camera(out: Path) -> Path:
    """Answers the probes and reads outside a table at other faces: the interpreter raises."""

    def gather(tf: Any, corner: Any) -> Any:
        found = tf.gather(tf.constant([0, 1, 2], tf.int32), tf.where(corner == CORNER, 0, 1_000_000))
        return tf.minimum(found, 0)

    return write(out, _built(gather))


def one_class(out: Path) -> Path:
    """Says `sad` to everything: the fifth of each answer's biases is enormous."""

    def bias(model: Any) -> None:
        graph = model.subgraphs[0]
        buffer = model.buffers[graph.tensors[int(graph.operators[-1].inputs[2])].buffer]
        values = np.frombuffer(bytes(buffer.data), np.int32).copy()
        values[[4, 11]] = 10_000_000
        buffer.data = list(values.tobytes())

    return write(out, _changed((BUNDLED / MODEL_NAME).read_bytes(), bias))


def _loop(tf: Any, traps: Any) -> Any:
    rounds = tf.where(traps, 2_000_000_000, 0)
    (count,) = tf.while_loop(lambda i: i < rounds, lambda i: (i + 1,), (tf.constant(0),))
    return tf.minimum(count, 0)


def _built(extra: Callable[[Any, Any], Any]) -> bytes:
    """Seven pixels as logits, plus `extra` of the corner pixel, which is to be 0."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec([1, 48, 48, 1], tf.int8)])
    def net(picture: Any) -> Any:
        pixels = tf.cast(picture, tf.int32)
        return tf.cast(pixels[:, 18:25, 16, 0] + extra(tf, pixels[0, 0, 0, 0]), tf.int8)

    content = tf.lite.TFLiteConverter.from_concrete_functions([net.get_concrete_function()]).convert()
    card = Card(_labels(), 48, 48, crop_scale=1.0, light="as it is")  # levelled, the probes' corners would differ

    def quantize(model: Any) -> None:
        from tensorflow.lite.python import schema_py_generated as schema

        graph = model.subgraphs[0]
        for tensor, scale in ((graph.inputs[0], 1.0), (graph.outputs[0], 0.1)):
            graph.tensors[int(tensor)].quantization = schema.QuantizationParametersT()
            graph.tensors[int(tensor)].quantization.scale = [scale]
            graph.tensors[int(tensor)].quantization.zeroPoint = [-128]

    from convert.card import embed

    return _changed(embed(bytes(content), card), quantize)


def _labels() -> tuple[str, ...]:
    """Those of the bundled release."""
    described = json.loads((BUNDLED / JSON_NAME).read_text())
    return tuple(described["labels"])


def _changed(content: bytes, change: Callable[[Any], None]) -> bytes:
    """The model after a change, with its digest in order again."""
    from tensorflow.lite.tools import flatbuffer_utils

    digest = json.loads(tflite_metadata.metadata(content)[model_file.CARD_ENTRY])["file_sha256"]
    model = flatbuffer_utils.convert_bytearray_to_object(bytearray(content.replace(digest.encode(), b"0" * 64)))
    change(model)
    return model_file.seal(bytes(flatbuffer_utils.convert_object_to_bytearray(model)))
