"""How sure each answer of an int8 file is, and from which confidence on the device is: both from validation."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from convert import card as card_writer
from device.errors import DataError
from device.net import answers
from device.net.card import Card
from device.net.classifier import Classifier
from device.net.model_file import ModelFile
from device.net.questions import LABELS, VOTES, Mixture
from train.data import ferplus, splits
from train.data.splits import Data
from train.score import evaluate, metrics

# The device says "unsure" to the least confident tenth of what it was calibrated on.
SURE_SHARE = 0.9
LEAST_CALIBRATED = 5  # images; on fewer the confidence would be chance
# By so much of the logarithm of its rarity a label is lifted in a mixture, unless it gets so few of the votes that a
# false one would be the rule. Chosen on photos of people (docs/experiments.md).
LIFT = 2.4
_RARE = 0.05  # share of all votes
_MOST_TENTHS = 100  # sharpness that is tried, tenths


def calibrated(content: bytes, plain: Card, loaded: Data) -> Card:
    """The card with its temperatures, the confidence under which the device is unsure, and what accuracy that buys.

    The answer for labels is calibrated by the data's own labels and the one for votes by their consensus. So is the
    mixture of both at the card's share: that is what a kiosk shows, and what most annotators see is what it is to say.

    Args:
        content: the .tflite, still without a card.

    Raises:
        DataError: no validation image.
    """
    split = loaded.validation
    if len(split) < LEAST_CALIBRATED:
        raise DataError(
            f"{len(split)} validation images to calibrate the confidence on, and {LEAST_CALIBRATED} are the least: the "
            "data must hold the Training split"
        )
    classifier = Classifier(ModelFile(Path("unfinished"), card_writer.embed(content, plain), plain))
    logits = evaluate.of_classifier(classifier, "temperatures").logits(split.images)
    truth = splits.relabel(split.labels, loaded.names, plain.labels)
    card = _tempered(plain, LABELS, truth, logits)
    if VOTES in card.answers and split.votes is not None:
        voted = ferplus.consensus(split.votes, card.labels)
        known = voted >= 0
        truth = voted[known]
        card = replace(_tempered(card, VOTES, truth, logits[known]), mixture=Mixture(lifts=_lifts(card, loaded)))
        card = _sharpened(card, truth, logits[known])
        judged = logits[known]
    else:
        judged = logits
    curve = metrics.coverage_curve(truth, _scores(card, judged))
    alone = {LABELS: 0.0, VOTES: 1.0}
    sure = {
        question: replace(answer, least=_least(replace(card, votes_share=alone[question]), logits))
        if question in alone
        else answer
        for question, answer in card.answers.items()
    }
    return replace(card, answers=sure, least_confidence=_least(card, logits), coverage=tuple(curve))


def _least(card: Card, logits: np.ndarray) -> float:
    """Confidence under which the least confident of all are, at the card's share."""
    return round(float(np.quantile(_scores(card, logits).max(axis=1), 1 - SURE_SHARE)), 3)


def _tempered(card: Card, question: str, truth: np.ndarray, logits: np.ndarray) -> Card:
    answer = card.answers[question]
    chosen = round(metrics.fit_temperature(truth, answers.calibrated(logits, replace(answer, temperature=1.0))), 4)
    tempered = {question: replace(answer, temperature=chosen)}
    return replace(card, answers={**card.answers, **tempered})


def _sharpened(card: Card, truth: np.ndarray, logits: np.ndarray) -> Card:
    """With the sharpness at which the truth is most likely, in tenths."""

    def loss(sharpness: float) -> float:
        likely = _scores(_sharper(card, sharpness), logits)[np.arange(len(truth)), truth]
        return -float(np.log(np.maximum(likely, 1e-12)).mean())

    return _sharper(card, min((tenths / 10 for tenths in range(_MOST_TENTHS)), key=loss))


def _sharper(card: Card, sharpness: float) -> Card:
    return replace(card, mixture=replace(card.mixture, sharpness=sharpness))


def _lifts(card: Card, loaded: Data) -> tuple[float, ...]:
    """FER-2013 holds more happy and calm faces than who looks for the others can do with (after Menon et al. 2021)."""
    assert loaded.train.votes is not None
    votes = ferplus.for_labels(loaded.train.votes.astype(float), card.labels)
    shares = votes.sum(axis=0) / votes.sum()
    odds = -LIFT * np.log(np.maximum(shares, _RARE))
    lifts = np.where(shares >= _RARE, odds, odds[shares.argmax()])
    return tuple(float(lift) for lift in (lifts - lifts.min()).round(3))


def _scores(card: Card, logits: np.ndarray) -> np.ndarray:
    return answers.scores(logits, card.answers, card.votes_share, card.mixture)
