"""What a net is asked to say of each training image: labels, FER+ votes, teachers' answers."""

import numpy as np

from device.errors import UsageError
from train.data import ferplus
from train.data.splits import Split
from train.teach.teachers import SoftLabels


def mixed(
    split: Split,
    names: tuple[str, ...],
    ferplus_share: float,
    smoothing: float = 0.0,
    taught: SoftLabels | None = None,
    teacher_share: float = 0.0,
) -> np.ndarray:
    """float32 [N, L], rows summing to 1: own label and FER+ votes in one target, partly replaced by teachers' answers.

    An image that FER+ calls no face (more than 5 of 10 votes) gets a row of zeros and is not trained on.

    Args:
        ferplus_share: of the target, from FER+'s votes, where they are known; of teachers' answers alike.
        smoothing: of the own label, spread over all labels (Szegedy et al. 2016).
        teacher_share: of the target, from the teachers (Hinton et al. 2015); images they do not know keep their own.
    """
    own, votes = _own(split, names, smoothing), _votes(split, names)
    voted = votes.sum(axis=1, keepdims=True) > 0
    targets = np.where(voted, (1 - ferplus_share) * own + ferplus_share * votes, own)
    if taught is not None:
        known, answers = taught.of(split.keys, names, ferplus_share)
        targets[known] = (1 - teacher_share) * targets[known] + teacher_share * answers[known]
    targets[_no_face(split)] = 0
    return targets.astype(np.float32)


def apart(
    split: Split,
    names: tuple[str, ...],
    smoothing: float = 0.0,
    taught: SoftLabels | None = None,
    teacher_share: float = 0.0,
) -> np.ndarray:
    """float32 [N, 2, L] for a net with two heads: the own label, and FER+'s votes (zeros where they are unknown).

    Either is partly replaced by what former teachers' head of that kind answers (Furlanello et al. 2018, born again
    networks); their votes stand in alone where FER+'s are unknown.

    Raises:
        UsageError: no votes.
    """
    if split.votes is None:
        raise UsageError("a teacher learns labels and FER+'s votes apart: give the votes with --ferplus")
    votes = _votes(split, names)
    targets = np.stack([_own(split, names, smoothing), votes], axis=1)
    if taught is not None and teacher_share > 0:
        known, answers = taught.of_heads(split.keys, names)
        targets[known] = (1 - teacher_share) * targets[known] + teacher_share * answers[known]
        targets[known & ~votes.any(axis=1), 1] /= teacher_share
    targets[_no_face(split)] = 0
    return targets.astype(np.float32)


def _own(split: Split, names: tuple[str, ...], smoothing: float) -> np.ndarray:
    return (1 - smoothing) * np.eye(len(names))[split.labels] + smoothing / len(names)


def _votes(split: Split, names: tuple[str, ...]) -> np.ndarray:
    if split.votes is None:
        return np.zeros((len(split), len(names)))
    votes = ferplus.for_labels(split.votes, names).astype(np.float64)
    return votes / np.maximum(votes.sum(axis=1, keepdims=True), 1)


def _no_face(split: Split) -> np.ndarray:
    if split.votes is None:
        return np.zeros(len(split), dtype=bool)
    return np.asarray(split.votes[:, ferplus.NOT_A_FACE] > ferplus.MAJORITY)
