"""The nets by name: how many layers, how wide. Loads no Keras, so that a wrong name is told at once."""

from dataclasses import dataclass

from device.errors import UsageError


@dataclass(frozen=True)
class Plan:
    """A plain net of 3x3 convolutions, each with batch normalization and ReLU (as VGG, Simonyan & Zisserman 2015).

    Narrow and deep: the last layers see the whole face, eyes and mouth at once (docs/experiments.md). Residual sums
    were tried and gained nothing at this depth; without them the int8 file answers alike on every interpreter, since
    no sum has to bring two scales together.
    """

    layers: tuple[tuple[int, int], ...]  # (channels, stride) of each convolution
    dropout: float  # before the last layer, share of features
    heads: int = 1  # 2: labels and FER+'s votes are learnt apart


_DEFAULT = ((32, 1), (40, 2), (40, 1), (80, 2), (80, 1), (80, 1), (136, 2), (136, 1), (136, 1), (136, 1))
_SMALL = ((16, 2), (20, 1), (32, 2), (32, 1), (32, 1), (48, 2), (48, 1), (48, 1), (48, 1))
_TINY = ((16, 2), (16, 1), (32, 2), (32, 1))
# Parameters and multiply-accumulates are for 48x48 images and seven labels. A stem of 8 channels makes TensorFlow
# 2.21's oneDNN kernels corrupt memory in training (seen on an AVX-512 processor); 16 do not.
PLANS = {
    "default": Plan(_DEFAULT, 0.2),  # 0.77 M parameters, 58 MMAC
    "teacher": Plan(_DEFAULT, 0.2, heads=2),  # the default net's layers, so that it can start from a teacher
    "small": Plan(_SMALL, 0.1),  # 0.10 M parameters, 8.0 MMAC
    "small-teacher": Plan(_SMALL, 0.1, heads=2),
    "tiny": Plan(_TINY, 0.0),  # for tests and first tries; 0.02 M parameters, 3.4 MMAC
    "tiny-teacher": Plan(_TINY, 0.0, heads=2),
}


def find(name: str) -> Plan:
    """The plan of that name.

    Raises:
        UsageError: there is none.
    """
    if name not in PLANS:
        raise UsageError(f"no model is called {name!r}; there are {', '.join(PLANS)}")
    return PLANS[name]
