"""Which questions a net answers, and where in its output: no arithmetic, so that a card is read without NumPy."""

from collections.abc import Mapping
from dataclasses import dataclass

LABELS, VOTES, FACE = "labels", "votes", "face"
QUESTIONS = (LABELS, VOTES, FACE)


@dataclass(frozen=True)
class Answer:
    """The logits that answer one question, and how sure they are of it."""

    first: int  # place of its first logit in the net's output
    count: int  # of logits: as many as there are labels; of "face" one, whose sigmoid it is
    temperature: float = 1.0  # they are divided by it before the softmax or the sigmoid
    least: float = 0.4  # probability under which this answer alone is "unsure"; of "face", under which it is none


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
