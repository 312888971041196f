"""A net from its plan: raw pixels in, logits out."""

from typing import Any

from keras import Input, Model, layers

from train.net import plans


def build(
    name: str,
    size: int,
    labels: int,
    *,
    dtype: str = "float32",
    norm: type[layers.BatchNormalization] = layers.BatchNormalization,
) -> Model:
    """A fresh net: uint8 or float [N, size, size, 1] with pixels 0..255 to float32 logits [N, labels].

    A net with two heads gives [N, 2, labels].

    Args:
        name: of its plan.
        size: of the input, pixels, both ways.
        labels: how many there are.
        dtype: "mixed_bfloat16" computes in bfloat16; weights stay float32, so that they fit a float32 twin.
        norm: another batch normalization with the same weights (see torch_norm).

    Raises:
        UsageError: no plan of that name.
    """
    plan = plans.find(name)

    image = Input((size, size, 1), name="image")
    x: Any = layers.Rescaling(1 / 255, dtype=dtype, name="rescale")(image)
    for number, (channels, stride) in enumerate(plan.layers, start=1):
        x = layers.Conv2D(
            channels,
            3,
            strides=stride,
            padding="same",
            use_bias=False,
            kernel_initializer="he_normal",
            dtype=dtype,
            name=f"conv{number}",
        )(x)
        x = norm(momentum=0.9, epsilon=1e-4, dtype=dtype, name=f"norm{number}")(x)
        x = layers.ReLU(dtype=dtype, name=f"relu{number}")(x)
    x = layers.GlobalAveragePooling2D(dtype=dtype, name="pool")(x)
    x = layers.Dropout(plan.dropout, dtype=dtype, name="dropout")(x)
    logits = layers.Dense(labels * plan.heads, dtype="float32", name="logits" if plan.heads == 1 else "heads")(x)
    if plan.heads > 1:
        logits = layers.Reshape((plan.heads, labels), dtype="float32", name="logits")(logits)
    return Model(image, logits, name=name)
