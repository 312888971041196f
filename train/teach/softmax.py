"""A linear layer fitted to probabilities: softmax regression with weight decay, in NumPy, the same on every backend."""

import numpy as np

_BATCH = 512  # rows a step
_PASSES = 20  # over the rows
_LEAST_STEPS = 500
_RATE = 0.01  # first rate of Adam (Kingma & Ba 2015); it falls to zero along a cosine


def fit(features: np.ndarray, targets: np.ndarray, decay: float) -> tuple[np.ndarray, np.ndarray]:
    """(kernel float32 [C, L], offset float32 [L]) of the layer whose softmax comes nearest to the targets.

    Args:
        features: float [N, C]; each is brought to mean 0 and deviation 1 first, so that the decay is fair to all.
        targets: float [N, L], probabilities of each row.
        decay: of the kernel, by half of its square; the offset has none.
    """
    mean, deviation = features.mean(axis=0), features.std(axis=0) + 1e-6
    rows = ((features - mean) / deviation).astype(np.float32)
    rng = np.random.default_rng(0)
    weights = np.zeros((rows.shape[1] + 1, targets.shape[1]), np.float32)  # the last row is the offset
    pull = np.full((len(weights), 1), decay, np.float32)
    pull[-1] = 0
    momentum, square = np.zeros_like(weights), np.zeros_like(weights)
    batch = min(_BATCH, len(rows))
    steps = max(_LEAST_STEPS, _PASSES * (len(rows) // batch))
    for step in range(steps):
        at = step % (len(rows) // batch) * batch
        if at == 0:
            order = rng.permutation(len(rows))
        chosen = order[at : at + batch]
        miss = softmax(rows[chosen] @ weights[:-1] + weights[-1]) - targets[chosen]
        slope = np.vstack([rows[chosen].T @ miss, miss.sum(axis=0)]) / batch + pull * weights
        momentum = 0.9 * momentum + 0.1 * slope
        square = 0.999 * square + 0.001 * slope**2
        steepness = np.sqrt(square / (1 - 0.999 ** (step + 1))) + 1e-8
        rate = _RATE * 0.5 * (1 + np.cos(np.pi * step / steps))
        weights -= rate * momentum / (1 - 0.9 ** (step + 1)) / steepness
    kernel = weights[:-1] / deviation[:, None]
    return kernel.astype(np.float32), (weights[-1] - mean @ kernel).astype(np.float32)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities [N, L] of logits [N, L]."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))
