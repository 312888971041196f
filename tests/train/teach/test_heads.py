"""One head from a teacher's two."""

from pathlib import Path

import numpy as np
import pytest

from device.errors import DataError, ModelError, UsageError
from train.data import splits
from train.net import trained
from train.teach.heads import merge
from train.teach.recipe import Recipe


def test_the_recipe_ends_with_two_heads_merged(cooked: Recipe, few: Path) -> None:
    merged, teacher = (trained.load(cooked.out / name / "model.keras") for name in ("one-headed", "teacher3"))
    images = teacher.seen(splits.load(few).test.images)
    own, votes = np.moveaxis(trained.head_probabilities(teacher.keras, images), 1, 0)
    answers = trained.probabilities(merged.keras, images)
    wanted = 0.6 * own + 0.4 * votes
    mean_of_logits = own**0.6 * votes**0.4
    mean_of_logits /= mean_of_logits.sum(axis=1, keepdims=True)
    assert divergence(wanted, answers) < 0.5 * divergence(wanted, mean_of_logits)
    assert divergence(wanted, answers) < 0.5 * divergence(0.4 * own + 0.6 * votes, answers)
    assert (merged.heads, merged.light, merged.training["votes_share"]) == (1, "level", 0.4)
    assert merged.training["settings"] == teacher.training["settings"]
    assert teacher.training["started_from"]["seed"] == 1


def test_what_cannot_be_merged_leaves_nothing_behind(cooked: Recipe, few: Path, tmp_path: Path) -> None:
    faces = splits.load(few).train.images
    with pytest.raises(UsageError, match="choose another --out"):
        merge(cooked.out / "teacher1" / "model.keras", 0.5, faces, cooked.out / "one-headed")
    with pytest.raises(ModelError, match="has one head already"):
        merge(cooked.out / "student" / "model.keras", 0.5, faces, tmp_path / "no")
    with pytest.raises(DataError, match="no training image"):
        merge(cooked.out / "teacher1" / "model.keras", 0.5, faces[:0], tmp_path / "no")
    assert not (tmp_path / "no").exists()


def divergence(wanted: np.ndarray, got: np.ndarray) -> float:
    """Kullback and Leibler's, nats."""
    return float((wanted * np.log(wanted / got)).sum(axis=1).mean())
