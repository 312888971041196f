"""The float net behind an int8 file of ours: what quantization rounded stays rounded, and all else is as it was."""

from pathlib import Path
from typing import Any

import keras
import numpy as np

from device.errors import ModelError
from train.net import plans
from train.net.model import build

_EPSILON = 1e-4  # of the normalization (train.net.model)


def restore(content: bytes, path: Path) -> keras.Model:
    """The net float32 [N, 48, 48, 1] to logits [N, outputs] of a .tflite that `convert quantize` wrote.

    The converter folds each normalization into the convolution before it. Here each channel's kernel is brought back to
    length one, and the normalization's scale and offset are set so that they undo that: a net that can be trained on.

    Raises:
        ModelError: TensorFlow, whose reader of such files is used, is not installed, or no plan has such layers.
    """
    try:
        from tensorflow.lite.tools import flatbuffer_utils
    except ImportError as error:
        raise ModelError(f"{path}: only TensorFlow can take a .tflite apart: pip install tensorflow") from error
    graph = flatbuffer_utils.convert_bytearray_to_object(bytearray(content))
    found = [_weights(graph, operator) for operator in graph.subgraphs[0].operators if len(operator.inputs) == 3]
    *convolutions, (last, bias) = found
    channels = tuple(kernel.shape[-1] for kernel, _ in convolutions)
    plan = plans.of_channels(channels)
    if plan is None:
        raise ModelError(f"{path}: no plan has layers of {', '.join(map(str, channels))} channels")
    net = build(plan, 48, len(bias))
    for number, (kernel, offset) in enumerate(convolutions, start=1):
        length = np.maximum(np.sqrt((kernel**2).sum(axis=(0, 1, 2))), 1e-12)
        net.get_layer(f"conv{number}").set_weights([kernel / length])
        # The first layer's kernel took the pixels' scale of 1 / 255 in, which the net does before it.
        scale = length * 255 if number == 1 else length
        still = [np.zeros_like(offset), np.full_like(offset, 1 - _EPSILON)]
        net.get_layer(f"norm{number}").set_weights([scale, offset, *still])
    net.get_layer("logits").set_weights([last, bias])
    return net


def _weights(graph: Any, operator: Any) -> tuple[np.ndarray, np.ndarray]:
    """(kernel [..., in, out], offset [out]) float32 of a convolution or the last layer, as they are without scales."""
    _, kernel, offset = (graph.subgraphs[0].tensors[number] for number in operator.inputs)
    values = [
        np.asarray(graph.buffers[t.buffer].data, np.uint8).view(kind).reshape(t.shape).astype(np.float32)
        for t, kind in ((kernel, np.int8), (offset, np.int32))
    ]
    scales = [np.asarray(t.quantization.scale, np.float32) for t in (kernel, offset)]
    whole = values[0] * scales[0].reshape(-1, *[1] * (values[0].ndim - 1))
    return np.moveaxis(whole, 0, -1), values[1] * scales[1]
