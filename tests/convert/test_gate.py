"""The gate's verdict, limit by limit."""

import dataclasses

import numpy as np
import pytest

from convert.gate import Limits, judge

NAMES = ("angry", "happy", "sad")
LABELS = np.repeat([0, 1, 2], 200)


def answers(*changes: tuple[int, int, int]) -> np.ndarray:
    """All right, but for (class, how many of its images, answered as)."""
    given = LABELS.copy()
    for label, count, answer in changes:
        given[np.flatnonzero(label == LABELS)[:count]] = answer
    return given


def test_equal_answers_pass() -> None:
    verdict = judge(LABELS, answers(), answers(), NAMES, Limits())
    assert verdict.passed
    assert (verdict.drop, verdict.agreement, verdict.n) == (0, 1, 600)


def test_a_drop_over_the_limit_fails_and_says_by_how_much() -> None:
    verdict = judge(LABELS, answers(), answers((0, 3, 1), (1, 3, 2), (2, 3, 0)), NAMES, Limits(max_drop=1.0))
    assert verdict.drop == 1.5
    assert verdict.broken == ("accuracy drops 1.50 points, 0.50 over the 1",)
    assert judge(LABELS, answers(), answers((0, 3, 1), (1, 3, 2)), NAMES, Limits(max_drop=1.0)).passed


def test_a_gain_never_fails_the_drop() -> None:
    assert judge(LABELS, answers((0, 10, 1)), answers(), NAMES, Limits()).drop < 0


def test_disagreement_fails_even_where_accuracy_stays() -> None:
    wrong_here, wrong_there = answers((0, 10, 1), (1, 10, 2)), answers((1, 20, 0))
    verdict = judge(LABELS, wrong_here, wrong_there, NAMES, Limits(max_class_drop=100))
    assert verdict.drop == 0
    assert [line.split(" is ")[0] for line in verdict.broken] == ["agreement"]


@pytest.mark.parametrize(
    ("lost", "class_size", "fails"), [(11, 200, True), (10, 200, False), (4, 20, False), (5, 20, True)]
)
def test_a_class_may_lose_five_points_or_four_images(lost: int, class_size: int, fails: bool) -> None:
    labels = np.concatenate([np.zeros(class_size, int), np.ones(2000, int)])
    changed = labels.copy()
    changed[:lost] = 1
    verdict = judge(labels, labels, changed, NAMES, Limits(max_drop=100, least_agreement=0, max_share=1))
    assert verdict.passed is not fails
    if fails:
        assert f"angry loses {100 * lost / class_size:.1f} points" in verdict.broken[0]


def test_one_class_for_everything_fails() -> None:
    everything_sad = np.full_like(LABELS, 2)
    limits = Limits(max_drop=100, least_agreement=0, max_class_drop=101)
    verdict = judge(LABELS, everything_sad, everything_sad, NAMES, limits)
    assert verdict.broken == ("sad is the answer to 100.0 % of all images, 5.0 points over the 95 %",)
    mostly_sad = np.array([2] * 96 + [0] * 4)
    assert judge(mostly_sad, mostly_sad, mostly_sad, NAMES, Limits()).passed
    assert not judge(mostly_sad, mostly_sad, np.full(100, 2), NAMES, limits).passed
    only_sad = np.full(50, 2)
    alone = dataclasses.replace(limits, least_labels=1)
    assert judge(only_sad, only_sad, only_sad, NAMES, alone).passed


def test_the_interval_of_the_drop_counts_only_images_that_changed() -> None:
    verdict = judge(LABELS, answers(), answers((0, 6, 1)), NAMES, Limits())
    low, high = verdict.drop_interval
    assert low < verdict.drop == 1.0 < high
    assert high - low == pytest.approx(2 * 196 * np.sqrt(6 - 36 / 600) / 600, abs=0.02)


def test_what_is_judged_on_next_to_nothing_fails_with_its_number() -> None:
    one = LABELS[:1]
    assert judge(one, one, one, NAMES, Limits()).broken == (
        "1 image to judge on, and 10 are the least",
        "images of 1 label to judge on, and 2 are the least",
    )
    nine = np.arange(9) % 3
    assert judge(nine, nine, nine, NAMES, Limits()).broken == ("9 images to judge on, and 10 are the least",)
    ten = np.arange(10) % 3
    assert judge(ten, ten, ten, NAMES, Limits()).passed
