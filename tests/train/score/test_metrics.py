"""Figures against values worked out by hand or known from the literature."""

import numpy as np
import pytest

from train.score import metrics


def test_score_of_a_small_example() -> None:
    labels = np.array([0, 0, 0, 1])
    probabilities = np.array([[0.9, 0.1, 0], [0.6, 0.4, 0], [0.2, 0.8, 0], [0.3, 0.7, 0]])
    score = metrics.score(labels, probabilities, ("a", "b", "c"), consensus=np.array([0, 1, -1, -1]))
    assert score["accuracy"] == 0.75
    assert score["recall"] == {"a": 0.6667, "b": 1.0, "c": None}
    assert score["confusion"] == [[2, 1, 0], [0, 1, 0], [0, 0, 0]]
    assert score["consensus"]["accuracy"] == 0.5
    assert score["consensus"]["n"] == 2
    assert score["baseline"] == {"label": "a", "accuracy": 0.75}
    assert score["too_few_to_judge"] == {"a": 3, "b": 1, "c": 0}
    assert "consensus" not in metrics.score(labels, probabilities, ("a", "b", "c"))


def test_wilson_interval() -> None:
    low, high = metrics.interval(81, 263)  # Newcombe 1998, table I: 0.2553 to 0.3662
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    assert metrics.interval(0, 0) == (0.0, 1.0)
    assert metrics.interval(5, 5)[1] == pytest.approx(1.0)


def test_calibration_error_is_the_gap_between_confidence_and_accuracy() -> None:
    probabilities = np.tile([0.9, 0.1], (100, 1))
    labels = np.array([0] * 60 + [1] * 40)
    assert metrics.calibration_error(labels, probabilities) == pytest.approx(0.3)


def test_the_coverage_curve_keeps_the_most_confident() -> None:
    probabilities = np.array([[share, 1 - share] for share in (0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.58, 0.55)])
    labels = np.array([0, 0, 0, 0, 0, 0, 0, 1, 1, 1])  # right where confident
    curve = metrics.coverage_curve(labels, probabilities)
    assert [row["coverage"] for row in curve] == [1.0, 0.9, 0.8, 0.7, 0.6, 0.5]
    assert [row["accuracy"] for row in curve] == [0.7, 0.7778, 0.875, 1.0, 1.0, 1.0]
    assert curve[3]["least_confidence"] == 0.65


def test_temperature_undoes_a_known_scaling() -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 2, (20000, 5))
    labels = np.array([rng.choice(5, p=p) for p in metrics.softmax(logits)])
    assert metrics.fit_temperature(labels, logits * 3) == pytest.approx(3, rel=0.05)
