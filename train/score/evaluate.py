"""Score a model on a split, one pass; `.keras`, kept weights and `.tflite` alike."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from device.errors import ModelError, UsageError
from device.net import answers, model_file
from device.net.card import Card
from device.net.classifier import Classifier
from device.net.questions import LABELS, PLAIN, VOTES, Answer, Mixture
from train.data import ferplus, splits
from train.data.cut import CROP_SCALE
from train.score import metrics
from train.score import robustness as conditions


@dataclass(frozen=True)
class Asked:
    """A model that is asked for its answers; loaded once."""

    labels: tuple[str, ...]  # in the order of an answer's logits
    size: int  # of the square input, pixels
    answers: Mapping[str, Answer]  # by question
    votes_share: float  # of the votes' answer in the scores, 0 to 1
    logits: Callable[[np.ndarray], np.ndarray]  # images uint8 [N, H, W] to float [N, outputs]
    mixture: Mixture = PLAIN

    def scores(self, images: np.ndarray) -> np.ndarray:
        """Probabilities float64 [N, L] for images uint8 [N, H, W]."""
        return answers.scores(self.logits(images), self.answers, self.votes_share, self.mixture)


def ask(model: Path, votes_share: float | None = None, what: str = "scoring") -> Asked:
    """A model on disk. A .tflite goes through the device's own classifier, temperatures included.

    Args:
        votes_share: None takes the model's own.

    Raises:
        ModelError: the file cannot be used.
        UsageError: a share is asked of a model that has one answer.
    """
    if model.suffix != ".tflite":
        from train.net import trained

        net = trained.load(model)
        asked = Asked(net.labels, net.size, net.answers, net.votes_share, net.logits)
    else:
        classifier = Classifier(model_file.load(model))
        asked = of_classifier(classifier, f"{what} {model.name}")
        if classifier.card.height != classifier.card.width:
            raise ModelError(
                f"{model}: takes {classifier.card.width}x{classifier.card.height}; only square inputs can be scored on "
                "data sets"
            )
    if votes_share is None:
        return asked
    if VOTES not in asked.answers:
        raise UsageError(f"{model}: has one answer, so no share of it can be the votes': leave --votes-share out")
    return replace(asked, votes_share=votes_share)


def of_classifier(classifier: Classifier, what: str) -> Asked:
    """The device's own classifier, asked of many images; `what` is said meanwhile."""

    def logits(images: np.ndarray) -> np.ndarray:
        return np.stack([classifier.logits(image) for image in tqdm(images, desc=what, unit=" images", leave=False)])

    card = classifier.card
    return Asked(card.labels, card.height, card.answers, card.votes_share, logits, card.mixture)


def robustness(split: splits.Split, names: tuple[str, ...], asked: Asked) -> list[dict[str, float | str]]:
    """The model's score under every condition of train.score.robustness, one row each (see its `table`).

    Raises:
        DataError: the split has a label that the model does not know.
    """
    voted = None if split.votes is None else ferplus.consensus(split.votes, asked.labels)
    wanted = splits.relabel(split.labels, names, asked.labels)
    return conditions.table(split.images, wanted, voted, asked.scores)


def card(model: Path) -> Card:
    """What a model is as far as data is concerned: labels in the order of its outputs, its input, and its crop.

    Raises:
        ModelError: no such model, or unusable.
    """
    if model.suffix != ".tflite":
        from train.net import trained

        net = trained.load(model)
        return Card(net.labels, net.size, net.size, CROP_SCALE, faces=net.faces)
    found = model_file.load(model).card
    if found.height != found.width:
        raise ModelError(f"{model}: takes {found.width}x{found.height}; only square inputs can be scored on data sets")
    return found


def score(split: splits.Split, names: tuple[str, ...], asked: Asked) -> dict[str, Any]:
    """Figures of one pass over a split.

    Args:
        names: of the data's labels; they meet the model's by name.

    Returns:
        See metrics.score, for the answer that was asked for; where the net has two, also `votes_share`, and `answers`
        with the same under `labels` and `votes`.

    Raises:
        DataError: the split has a label that the model does not know.
    """
    return scored(split, names, asked, asked.logits(split.images))


def scored(split: splits.Split, names: tuple[str, ...], asked: Asked, logits: np.ndarray) -> dict[str, Any]:
    """As `score`, of logits float [N, outputs] that the model has given to the split's images."""
    voted = None if split.votes is None else ferplus.consensus(split.votes, asked.labels)
    wanted = splits.relabel(split.labels, names, asked.labels)

    def at(share: float) -> dict[str, Any]:
        scores = answers.scores(logits, asked.answers, share, asked.mixture)
        return metrics.score(wanted, scores, asked.labels, voted)

    report = at(asked.votes_share)
    if VOTES in asked.answers:
        report |= {"votes_share": asked.votes_share, "answers": {LABELS: at(0.0), VOTES: at(1.0)}}
    return report
