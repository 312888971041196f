"""How good predictions are. Pure numpy: labels and probabilities in, figures out."""

import math
from typing import Any, NamedTuple

import numpy as np

# Images of a label below which its recall says little: of 10, one more or less is ten points.
LEAST_TO_JUDGE = 10


class Baseline(NamedTuple):
    """What always answering the largest label gives: an accuracy that takes no net."""

    label: str
    accuracy: float  # 0 to 1

    def __str__(self) -> str:
        return f"always {self.label!r} gives {100 * self.accuracy:.1f} %"

    def as_dict(self) -> dict[str, Any]:
        return self._asdict()


def baseline(labels: np.ndarray, names: tuple[str, ...]) -> Baseline:
    """Of labels int [N], index into names; N is 1 or more."""
    counts = np.bincount(labels, minlength=len(names))
    return Baseline(names[int(counts.argmax())], round(float(counts.max() / len(labels)), 6))


def confusion(labels: np.ndarray, predicted: np.ndarray, count: int) -> np.ndarray:
    """int64 [count, count]: images by true label (row) and predicted label (column), both int [N] below `count`."""
    table = np.zeros((count, count), dtype=np.int64)
    np.add.at(table, (labels, predicted), 1)
    return table


def interval(correct: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's 95 % score interval for a proportion (E. B. Wilson, 1927), each 0..1."""
    if n == 0:
        return 0.0, 1.0
    share = correct / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)


def merit(entry: dict[str, float], votes_share: float) -> float:
    """What the best epoch has most of, 0..1: accuracy on the own labels and on FER+'s consensus, weighted.

    Args:
        entry: of a run's history (see train.run.Entry); without a consensus the own labels alone count.
        votes_share: the consensus's weight, 0 to 1.
    """
    if "val_consensus" not in entry:
        return entry["val_accuracy"]
    return (1 - votes_share) * entry["val_accuracy"] + votes_share * entry["val_consensus"]


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities [..., L] from logits [..., L]; the sum over the last axis is 1."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def calibration_error(labels: np.ndarray, probabilities: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error over equally wide bins of confidence (Guo et al. 2017), 0..1.

    Args:
        labels: int [N], index into the columns of the next.
        probabilities: float [N, L].
    """
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(right[which == b].mean() - confidence[which == b].mean()) * (which == b).mean()
        for b in range(bins)
        if (which == b).any()
    ]
    return float(sum(gaps))


def coverage_curve(labels: np.ndarray, probabilities: np.ndarray) -> list[dict[str, float]]:
    """What saying "unsure" buys: accuracy of the most confident share of the images (El-Yaniv & Wiener 2010).

    Args:
        labels: int [N], index into the columns of the next.
        probabilities: float [N, L].

    Returns:
        For each share from 1.0 to 0.5: `coverage`, `least_confidence` of those images, `accuracy` on them.
    """
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    order = np.argsort(-confidence, kind="stable")
    rows = []
    for tenths in range(10, 4, -1):
        kept = order[: max(1, round(len(labels) * tenths / 10))]
        rows.append(
            {
                "coverage": tenths / 10,
                "least_confidence": round(float(confidence[kept[-1]]), 4),
                "accuracy": round(float(right[kept].mean()), 4),
            }
        )
    return rows


def fit_temperature(labels: np.ndarray, logits: np.ndarray) -> float:
    """The divisor of the logits that makes the labels most likely (temperature scaling, Guo et al. 2017).

    The negative log-likelihood has one minimum in log temperature; a golden-section search finds it within 0.1 %.

    Args:
        labels: int [N], index into the columns of the next.
        logits: float [N, L].
    """

    def loss(log_temperature: float) -> float:
        scaled = logits / math.exp(log_temperature)
        shifted = scaled - scaled.max(axis=1, keepdims=True)
        log_likelihood = shifted[np.arange(len(labels)), labels] - np.log(np.exp(shifted).sum(axis=1))
        return -float(log_likelihood.mean())

    low, high = math.log(0.05), math.log(20)
    golden = (math.sqrt(5) - 1) / 2
    while high - low > 1e-3:
        inner_low, inner_high = high - golden * (high - low), low + golden * (high - low)
        if loss(inner_low) < loss(inner_high):
            high = inner_high
        else:
            low = inner_low
    return math.exp((low + high) / 2)


def score(
    labels: np.ndarray, probabilities: np.ndarray, names: tuple[str, ...], consensus: np.ndarray | None = None
) -> dict[str, Any]:
    """The figures of one pass, ready for JSON.

    Args:
        labels: int [N], index into names.
        probabilities: float [N, L].
        consensus: int [N], the annotators' label, -1 where there is none.

    Returns:
        accuracy, its interval, n, baseline, labels, recall (null where there is no image), too_few_to_judge (label to
        images), confusion, calibration_error, coverage (see coverage_curve), and consensus (accuracy, interval, n and
        calibration_error) where it is known of any image.
    """
    predicted = probabilities.argmax(axis=1)
    table = confusion(labels, predicted, len(names))
    hits, totals = np.diag(table), table.sum(axis=1)
    report: dict[str, Any] = {
        **_share(int(hits.sum()), len(labels)),
        "baseline": baseline(labels, names).as_dict(),
        "labels": list(names),
        "recall": {
            name: round(int(hit) / int(total), 4) if total else None
            for name, hit, total in zip(names, hits, totals, strict=True)
        },
        "too_few_to_judge": {
            name: int(total) for name, total in zip(names, totals, strict=True) if total < LEAST_TO_JUDGE
        },
        "confusion": table.tolist(),
        "calibration_error": round(calibration_error(labels, probabilities), 4),
        "coverage": coverage_curve(labels, probabilities),
    }
    if consensus is not None and (consensus >= 0).any():
        voted = consensus >= 0
        report["consensus"] = {
            **_share(int((predicted == consensus)[voted].sum()), int(voted.sum())),
            "calibration_error": round(calibration_error(consensus[voted], probabilities[voted]), 4),
        }
    return report


def _share(correct: int, n: int) -> dict[str, Any]:
    low, high = interval(correct, n)
    return {"accuracy": round(correct / n, 6), "interval": [round(low, 4), round(high, 4)], "n": n}
