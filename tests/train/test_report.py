"""What is said beside a score: what takes no net, and what it cannot tell."""

import numpy as np

from train import report
from train.score import metrics


def test_every_accuracy_stands_beside_what_the_largest_label_gives() -> None:
    labels = np.array([0] * 95 + [1] * 5)
    answers = np.tile([0.9, 0.1, 0.0], (100, 1))
    lines = report.table(metrics.score(labels, answers, ("happy", "sad", "fear"))).splitlines()
    assert lines[0].startswith("own labels     95.00 % of 100 images")
    assert lines[0].endswith("; always 'happy' gives 95.0 %")
    assert lines[-2:] == [
        "too few images to judge: sad (5), fear (0); 10 are the least",
        "never recognized: sad",
    ]


def test_a_score_that_hides_nothing_has_no_remarks() -> None:
    labels = np.repeat([0, 1], 20)
    assert report.remarks(metrics.score(labels, np.eye(2)[labels], ("happy", "sad"))) == []
