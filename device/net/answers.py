"""What a net's logits answer: what FER-2013's label would be, what most annotators see, whether it is a face at all."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

LABELS, VOTES, FACE = "labels", "votes", "face"
QUESTIONS = (LABELS, VOTES, FACE)


@dataclass(frozen=True)
class Answer:
    """The logits that answer one question, and how sure they are of it."""

    first: int  # place of its first logit in the net's output
    count: int  # of logits: as many as there are labels; of "face" one, whose sigmoid it is
    temperature: float = 1.0  # they are divided by it before the softmax or the sigmoid

    def of(self, logits: np.ndarray) -> np.ndarray:
        """Its calibrated logits, float64 [..., count], of the net's [..., outputs]."""
        return logits[..., self.first : self.first + self.count].astype(np.float64) / self.temperature


def outputs(answers: Mapping[str, Answer]) -> int:
    """How many logits the net has."""
    return sum(answer.count for answer in answers.values())


def scores(logits: np.ndarray, answers: Mapping[str, Answer], votes_share: float, sharpness: float = 0.0) -> np.ndarray:
    """Calibrated probabilities float64 [..., L], summing to 1, of logits [..., outputs].

    The answers for labels and votes are mixed as probabilities, in which the one that is sure has its way. The mean of
    two calibrated answers is less sure than it is right (Ranjan and Gneiting 2010), most so where each has half a say:
    it is raised to the power of 1 + sharpness * share * (1 - share), which leaves each answer alone as it is.

    Args:
        votes_share: of the votes' answer, 0 to 1; of no meaning where the net has none.
    """
    labels = _softmax(answers[LABELS].of(logits))
    if VOTES not in answers:
        return labels
    mixed = (1 - votes_share) * labels + votes_share * _softmax(answers[VOTES].of(logits))
    sharp = mixed ** (1 + sharpness * votes_share * (1 - votes_share))
    return np.asarray(sharp / sharp.sum(axis=-1, keepdims=True))


def face(logits: np.ndarray, answers: Mapping[str, Answer]) -> np.ndarray | None:
    """Probability that it is a face, float64 [...], of logits [..., outputs]; None of a net that does not say."""
    if FACE not in answers:
        return None
    sure: np.ndarray = 1 / (1 + np.exp(-answers[FACE].of(logits)[..., 0]))
    return sure


def _softmax(logits: np.ndarray) -> np.ndarray:
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))
