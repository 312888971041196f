"""Softmax regression in NumPy."""

import numpy as np
import pytest

from train.teach import softmax


def test_a_layer_that_made_the_targets_is_found_again() -> None:
    rng = np.random.default_rng(3)
    features = rng.normal(0.5, [1, 5, 0.2], (40_000, 3))
    kernel, offset = rng.normal(0, 0.5, (3, 4)) / [[1], [5], [0.2]], rng.normal(0, 0.2, 4)
    wanted = softmax.softmax(features @ kernel + offset)
    found, moved = softmax.fit(features, wanted, 0.0)
    np.testing.assert_allclose(softmax.softmax(features @ found + moved), wanted, atol=0.05)


def test_decay_holds_the_kernel_back_and_not_the_offset() -> None:
    rng = np.random.default_rng(4)
    features = rng.normal(0, 1, (1000, 2))
    targets = np.eye(2)[(features[:, 0] > -1).astype(int)]
    free, held = softmax.fit(features, targets, 0.0), softmax.fit(features, targets, 10.0)
    assert np.abs(held[0]).max() < 0.1 * np.abs(free[0]).max()
    shares = softmax.softmax(features @ held[0] + held[1]).mean(axis=0)
    assert shares == pytest.approx(targets.mean(axis=0), abs=0.02)
