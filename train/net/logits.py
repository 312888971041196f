"""A net that others trained, without the softmax or sigmoid that most of them end with.

The device divides logits by a temperature before its own softmax: over probabilities that would flatten every answer.
"""

from typing import Any

import keras
import numpy as np
from keras import layers

# What may stand behind a softmax and leaves its values as they are.
_PASSING = (layers.Flatten, layers.Reshape, layers.Dropout, layers.Identity)


def logits_of(model: keras.Model) -> keras.Model:
    """The same net up to what its softmax or sigmoid is given; the net itself where it has neither.

    It is found as a layer, as a layer's activation, as an operation of keras.ops, and within a model that is wrapped in
    another. The layers are shared with `model`, whose activation may be changed in place.
    """
    before = _before(model.outputs[0])
    inputs = model.inputs if len(model.inputs) > 1 else model.inputs[0]
    return model if before is model.outputs[0] else keras.Model(inputs, before)


def _before(tensor: Any) -> Any:
    """The tensor that makes `tensor` but for its softmax; itself where none is found, or where it now gives that."""
    operation, node, _ = tensor._keras_history
    parents = operation._inbound_nodes[node].input_tensors
    if not parents:
        return tensor
    if type(operation).__name__ in ("Softmax", "Sigmoid"):  # layers, and the operations of keras.ops
        return parents[0]
    if isinstance(operation, keras.Model):
        inner = logits_of(operation)
        return tensor if inner is operation else inner(parents if len(parents) > 1 else parents[0])
    if getattr(operation, "activation", None) in (keras.activations.softmax, keras.activations.sigmoid):
        operation.activation = keras.activations.linear
        return operation(parents[0])
    if isinstance(operation, _PASSING) or _is_linear(operation):
        before = _before(parents[0])
        return tensor if before is parents[0] else operation(before)
    return tensor


def _is_linear(operation: Any) -> bool:
    return isinstance(operation, layers.Activation) and operation.activation is keras.activations.linear


def answers_probabilities(model: keras.Model) -> bool:
    """Whether all its answers are from 0 to 1 and sum to 1, which logits never do by chance."""
    noise = np.random.default_rng(0).integers(0, 256, (4, *model.input_shape[1:])).astype(np.float32)
    answers = np.asarray(keras.ops.convert_to_numpy(model(noise, training=False)), np.float64)
    return bool(answers.min() >= 0 and np.abs(answers.sum(axis=-1) - 1).max() < 1e-3)
