"""The optimizer: what a step does to a convolution's kernel, and to the rest."""

import keras
import numpy as np
import pytest

from train.learn.muon import Muon

RATE = 0.01


def stepped(shape: tuple[int, ...], rest: float = 1.7) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(before, gradient, after) of one first step of a variable."""
    rng = np.random.default_rng(1)
    before, gradient = (rng.normal(size=shape).astype(np.float32) for _ in range(2))
    variable = keras.Variable(before)
    optimizer = Muon(RATE, rest=rest)
    optimizer.build([variable])
    optimizer.apply([keras.ops.convert_to_tensor(gradient)], [variable])
    return before, gradient, keras.ops.convert_to_numpy(variable)


@pytest.mark.parametrize("shape", [(3, 3, 16, 32), (3, 3, 1, 32)], ids=["tall", "wide"])
def test_a_kernel_turns_in_all_its_directions_alike(shape: tuple[int, ...]) -> None:
    before, gradient, after = stepped(shape)
    columns = shape[-1]
    step = (before * columns**0.5 / np.linalg.norm(before) - after) / RATE
    turns = np.linalg.svd(step.reshape(-1, columns), compute_uv=False)
    assert 0.6 < turns.min() <= turns.max() < 1.3
    u, _, v = np.linalg.svd(gradient.reshape(-1, columns), full_matrices=False)
    along = np.sum(step.reshape(-1, columns) * (u @ v)) / np.linalg.norm(step) / np.linalg.norm(u @ v)
    assert along > 0.97  # towards the nearest orthogonal matrix
    assert abs(np.linalg.norm(after) / columns**0.5 - 1) < 2 * RATE


def test_the_rest_takes_plain_steps() -> None:
    before, gradient, after = stepped((32, 7), rest=2.0)
    np.testing.assert_allclose(after, before - 2 * RATE * 1.9 * gradient, rtol=1e-4, atol=1e-5)
