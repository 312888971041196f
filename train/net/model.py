"""The nets: raw pixels in, logits out. Named sizes, one builder."""

from dataclasses import dataclass
from typing import Any

from keras import Input, Model, layers

from device.errors import UsageError


@dataclass(frozen=True)
class Plan:
    """A plain net of 3x3 convolutions, each with batch normalization and ReLU (as VGG, Simonyan & Zisserman 2015).

    Narrow and deep: the last layers see the whole face, eyes and mouth at once (docs/experiments.md). Residual sums
    were tried and gained nothing at this depth; without them the int8 file answers alike on every interpreter, since
    no sum has to bring two scales together.
    """

    layers: tuple[tuple[int, int], ...]  # (channels, stride) of each convolution
    dropout: float  # before the last layer
    heads: int = 1  # 2: labels and FER+'s votes are learnt apart


_DEFAULT = ((32, 1), (40, 2), (40, 1), (80, 2), (80, 1), (80, 1), (136, 2), (136, 1), (136, 1), (136, 1))
_SMALL = ((16, 2), (20, 1), (32, 2), (32, 1), (32, 1), (48, 2), (48, 1), (48, 1), (48, 1))
_TINY = ((16, 1), (16, 2), (16, 1), (32, 2), (32, 1))
# Parameters and multiply-accumulates are for 48x48 images and seven labels. A stem of 8 channels makes TensorFlow
# 2.21's oneDNN kernels corrupt memory in training (seen on an AVX-512 processor); 16 do not.
PLANS = {
    "default": Plan(_DEFAULT, 0.2),  # 0.77 M parameters, 58 MMAC
    "teacher": Plan(_DEFAULT, 0.2, heads=2),  # the default net's layers, so that it can start from a teacher
    "small": Plan(_SMALL, 0.1),  # 0.10 M parameters, 8.0 MMAC
    "small-teacher": Plan(_SMALL, 0.1, heads=2),
    "tiny": Plan(_TINY, 0.0),  # for tests and first tries
    "tiny-teacher": Plan(_TINY, 0.0, heads=2),
}


def check_name(name: str) -> None:
    """Raise UsageError unless there is a plan of that name."""
    if name not in PLANS:
        raise UsageError(f"no model is called {name!r}; there are {', '.join(PLANS)}")


def build(
    name: str,
    size: int,
    labels: int,
    *,
    dtype: str = "float32",
    norm: type[layers.BatchNormalization] = layers.BatchNormalization,
) -> Model:
    """A fresh net: uint8 or float [N, size, size, 1] with pixels 0..255 to float32 logits [N, labels] ([N, 2, labels]
    of a net with two heads).

    Args:
        dtype: "mixed_bfloat16" computes in bfloat16; weights stay float32, so that they fit a float32 twin.
        norm: another batch normalization with the same weights (see torch_norm).

    Raises:
        UsageError: no plan of that name.
    """
    check_name(name)
    plan = PLANS[name]

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
