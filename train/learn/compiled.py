"""A net with its optimizer, in the precision that is fastest on this machine."""

from pathlib import Path
from typing import Any

import keras

from device.errors import UsageError
from train.learn.muon import Muon
from train.learn.settings import PRECISIONS, Settings
from train.net.model import build


def compiled(settings: Settings, labels: int, steps_per_epoch: int) -> keras.Model:
    """A fresh net for images [N, size, size, 1], with its optimizer; see train.net.model.build for what it answers.

    Raises:
        UsageError: no such model or precision.
    """
    dtype, norm = _fastest(settings.precision)
    model = build(settings.model, settings.size, labels, dtype=dtype, norm=norm)
    model.compile(
        optimizer=_optimizer(settings, steps_per_epoch),
        loss=_loss(),
        metrics=["accuracy"],
        jit_compile=False if keras.backend.backend() == "torch" else "auto",
    )
    model.optimizer.build(model.trainable_variables)
    return model


def arithmetic(precision: str) -> str:
    """What `precision`, one of PRECISIONS, means on this backend and machine: float32 or mixed_bfloat16.

    Raises:
        UsageError: no such precision.
    """
    return _fastest(precision)[0]


def optimization(settings: Settings, steps_per_epoch: int) -> dict[str, Any]:
    """Optimizer, schedule of its rate, and loss, by name and with all that was set of them, ready for JSON."""
    optimizer, loss = _optimizer(settings, steps_per_epoch), _loss()
    config = {name: value for name, value in optimizer.get_config().items() if value is not None}
    schedule = config.pop("learning_rate")
    return {
        "optimizer": config | {"name": type(optimizer).__name__},
        "schedule": schedule["config"] | {"name": schedule["class_name"]},
        "loss": {"name": type(loss).__name__, "from_logits": True},
    }


def _loss() -> keras.losses.Loss:
    return keras.losses.CategoricalCrossentropy(from_logits=True)


def _optimizer(settings: Settings, steps_per_epoch: int) -> keras.optimizers.Optimizer:
    steps = settings.epochs * steps_per_epoch
    warmup = max(1, int(steps * settings.warmup))
    rate = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=settings.peak_rate / 20,
        decay_steps=max(1, steps - warmup),
        warmup_target=settings.peak_rate,
        warmup_steps=warmup,
    )
    return Muon(
        rate,
        momentum=settings.momentum,
        use_ema=True,
        ema_momentum=1 - 1 / max(1.0, steps * settings.average),
    )


def _fastest(precision: str) -> tuple[str, type[keras.layers.BatchNormalization]]:
    """(dtype policy, batch normalization) for this backend and machine."""
    if precision not in PRECISIONS:
        raise UsageError(f"precision {precision!r} is none of {', '.join(PRECISIONS)}")
    if keras.backend.backend() != "torch":
        return "float32" if precision == "auto" else precision, keras.layers.BatchNormalization
    import torch

    from train.net.torch_norm import TorchBatchNormalization

    fast = torch.cuda.is_available() or "avx512_bf16" in _cpu_flags()
    automatic = "mixed_bfloat16" if fast else "float32"
    return automatic if precision == "auto" else precision, TorchBatchNormalization


def _cpu_flags() -> str:
    try:
        return Path("/proc/cpuinfo").read_text()
    except OSError:
        return ""
