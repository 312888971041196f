"""The nets: raw pixels in, logits out. Named sizes, one builder."""

from dataclasses import dataclass
from typing import Any

from keras import Input, Model, layers

from device.errors import UsageError


@dataclass(frozen=True)
class Plan:
    """A residual net (He et al. 2016) of 3x3 convolutions; each stage halves the image."""

    stem: int  # channels at full resolution
    stages: tuple[tuple[int, int], ...]  # (channels, residual blocks)
    dropout: float  # before the last layer


# Parameters and multiply-accumulates are for 48x48 images and seven labels. A stem of 8 channels makes TensorFlow
# 2.21's oneDNN kernels corrupt memory in training (seen on an AVX-512 processor); 16 do not.
PLANS = {
    "default": Plan(32, ((48, 1), (96, 1), (160, 1)), 0.2),  # 0.55 M parameters, 54 MMAC
    "small": Plan(16, ((24, 1), (48, 1), (80, 1)), 0.1),  # 0.14 M parameters, 14 MMAC
    "tiny": Plan(16, ((16, 1), (32, 1)), 0.0),  # for tests and first tries
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
    """A fresh net: uint8 or float [N, size, size, 1] with pixels 0..255 to float32 logits [N, labels].

    Args:
        dtype: "mixed_bfloat16" computes in bfloat16; weights stay float32, so that they fit a float32 twin.
        norm: another batch normalization with the same weights (see torch_norm).

    Raises:
        UsageError: no plan of that name.
    """
    check_name(name)
    plan = PLANS[name]

    def conv(x: Any, channels: int, kernel: int = 3, stride: int = 1, label: str = "") -> Any:
        x = layers.Conv2D(
            channels,
            kernel,
            strides=stride,
            padding="same",
            use_bias=False,
            kernel_initializer="he_normal",
            dtype=dtype,
            name=f"{label}_conv",
        )(x)
        return norm(momentum=0.9, epsilon=1e-4, dtype=dtype, name=f"{label}_norm")(x)

    def relu(x: Any, label: str) -> Any:
        return layers.ReLU(dtype=dtype, name=f"{label}_relu")(x)

    image = Input((size, size, 1), name="image")
    x = layers.Rescaling(1 / 255, dtype=dtype, name="rescale")(image)
    x = relu(conv(x, plan.stem, label="stem"), "stem")
    for stage, (channels, blocks) in enumerate(plan.stages, start=1):
        for block in range(1, blocks + 1):
            label, stride = f"stage{stage}_{block}", 2 if block == 1 else 1
            shortcut = conv(x, channels, 1, stride, f"{label}_shortcut") if block == 1 else x
            x = relu(conv(x, channels, stride=stride, label=f"{label}_a"), f"{label}_a")
            x = conv(x, channels, label=f"{label}_b")
            x = relu(layers.Add(dtype=dtype, name=f"{label}_add")([x, shortcut]), label)
    x = layers.GlobalAveragePooling2D(dtype=dtype, name="pool")(x)
    x = layers.Dropout(plan.dropout, dtype=dtype, name="dropout")(x)
    logits = layers.Dense(labels, dtype="float32", name="logits")(x)
    return Model(image, logits, name=name)
