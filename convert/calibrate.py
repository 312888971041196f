"""How sure each answer of an int8 file is, and from which confidence on the device is: both from validation."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from convert import card as card_writer
from device.errors import DataError
from device.net import answers
from device.net.answers import LABELS, VOTES
from device.net.card import Card
from device.net.classifier import Classifier
from device.net.model_file import ModelFile
from train.data import ferplus, splits
from train.data.splits import Data
from train.score import evaluate, metrics

# The device says "unsure" to the least confident tenth of what it was calibrated on.
SURE_SHARE = 0.9


def calibrated(content: bytes, plain: Card, loaded: Data) -> Card:
    """The card with its temperatures, the confidence under which the device is unsure, and what accuracy that buys.

    The answer for labels is calibrated by the data's own labels. The one for votes is, so that the mixture of both at
    the card's share says what most annotators see as often as it claims: that is what a kiosk shows.

    Args:
        content: the .tflite, still without a card.

    Raises:
        DataError: no validation image.
    """
    split = loaded.validation
    if not len(split):
        raise DataError("no validation image to calibrate the confidence on: the data must hold the Training split")
    classifier = Classifier(ModelFile(Path("unfinished"), card_writer.embed(content, plain), plain))
    logits = evaluate.of_classifier(classifier, "temperatures").logits(split.images)
    truth = splits.relabel(split.labels, loaded.names, plain.labels)
    tempered = dict(plain.answers)

    def at(question: str, temperature: float) -> np.ndarray:
        """Probabilities at the card's share with another temperature of one answer."""
        changed = tempered | {question: replace(tempered[question], temperature=temperature)}
        return answers.scores(logits[known], changed, share)

    known, share = np.ones(len(truth), bool), 0.0
    chosen = metrics.best_temperature(truth, lambda temperature: at(LABELS, temperature))
    tempered[LABELS] = replace(tempered[LABELS], temperature=round(chosen, 4))
    if VOTES in tempered and split.votes is not None:
        voted = ferplus.consensus(split.votes, plain.labels)
        known, share = voted >= 0, plain.votes_share or 1.0
        truth = voted[known]
        chosen = metrics.best_temperature(truth, lambda temperature: at(VOTES, temperature))
        tempered[VOTES] = replace(tempered[VOTES], temperature=round(chosen, 4))
    confidence = answers.scores(logits, tempered, plain.votes_share).max(axis=1)
    curve = metrics.coverage_curve(truth, answers.scores(logits[known], tempered, plain.votes_share))
    least = round(float(np.quantile(confidence, 1 - SURE_SHARE)), 3)
    return replace(plain, answers=tempered, least_confidence=least, coverage=tuple(curve))
