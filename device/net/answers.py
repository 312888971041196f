"""What a net's logits answer: what FER-2013's label would be, what most annotators see, whether it is a face at all."""

from collections.abc import Mapping

import numpy as np

from device.net.questions import FACE, LABELS, PLAIN, VOTES, Answer, Mixture


def calibrated(logits: np.ndarray, answer: Answer) -> np.ndarray:
    """An answer's calibrated logits, float64 [..., count], of the net's [..., outputs]."""
    return logits[..., answer.first : answer.first + answer.count].astype(np.float64) / answer.temperature


def scores(
    logits: np.ndarray, answers: Mapping[str, Answer], votes_share: float, mixture: Mixture = PLAIN
) -> np.ndarray:
    """Calibrated probabilities float64 [..., L], summing to 1, of logits [..., outputs].

    The answers for labels and votes are mixed as probabilities, in which the one that is sure has its way.

    Args:
        votes_share: of the votes' answer, 0 to 1; of no meaning where the net has none.
    """
    labels = _softmax(calibrated(logits, answers[LABELS]))
    if VOTES not in answers:
        return labels
    mixed = (1 - votes_share) * labels + votes_share * _softmax(calibrated(logits, answers[VOTES]))
    both = votes_share * (1 - votes_share)
    sharp = mixed ** (1 + both * mixture.sharpness)
    if mixture.lifts:
        sharp = sharp * np.exp(both * np.array(mixture.lifts))
    return np.asarray(sharp / sharp.sum(axis=-1, keepdims=True))


def face(logits: np.ndarray, answers: Mapping[str, Answer]) -> np.ndarray | None:
    """Probability that it is a face, float64 [...], of logits [..., outputs]; None of a net that does not say."""
    if FACE not in answers:
        return None
    sure: np.ndarray = 1 / (1 + np.exp(-calibrated(logits, answers[FACE])[..., 0]))
    return sure


def _softmax(logits: np.ndarray) -> np.ndarray:
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))
