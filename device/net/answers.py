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
    least: float = 0.4  # probability under which this answer alone is "unsure"; of "face", under which it is none

    def of(self, logits: np.ndarray) -> np.ndarray:
        """Its calibrated logits, float64 [..., count], of the net's [..., outputs]."""
        return logits[..., self.first : self.first + self.count].astype(np.float64) / self.temperature


@dataclass(frozen=True)
class Mixture:
    """What is done to a mixture of both answers: in full where each has half a say, nothing where one has all of it.

    The mean of two calibrated answers is less sure than it is right (Ranjan and Gneiting 2010), and where they differ
    a label that is rare in both seldom leads.
    """

    sharpness: float = 0.0  # times share * (1 - share), and 1 more, is the power that the mean is raised to
    lifts: tuple[float, ...] = ()  # times share * (1 - share) is added to each label's logarithm; empty for none


PLAIN = Mixture()


def outputs(answers: Mapping[str, Answer]) -> int:
    """How many logits the net has."""
    return sum(answer.count for answer in answers.values())


def scores(
    logits: np.ndarray, answers: Mapping[str, Answer], votes_share: float, mixture: Mixture = PLAIN
) -> np.ndarray:
    """Calibrated probabilities float64 [..., L], summing to 1, of logits [..., outputs].

    The answers for labels and votes are mixed as probabilities, in which the one that is sure has its way.

    Args:
        votes_share: of the votes' answer, 0 to 1; of no meaning where the net has none.
    """
    labels = _softmax(answers[LABELS].of(logits))
    if VOTES not in answers:
        return labels
    mixed = (1 - votes_share) * labels + votes_share * _softmax(answers[VOTES].of(logits))
    both = votes_share * (1 - votes_share)
    sharp = mixed ** (1 + both * mixture.sharpness)
    if mixture.lifts:
        sharp = sharp * np.exp(both * np.array(mixture.lifts))
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
