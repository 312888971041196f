"""Score a model on a split, one pass; `.keras` and `.tflite` alike."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from device.errors import ModelError
from device.net import model_file
from device.net.card import Card
from device.net.classifier import Classifier
from train.data import ferplus, splits
from train.data.cut import CROP_SCALE
from train.score import metrics
from train.score import robustness as conditions


def predictor(model: Path, what: str = "scoring") -> Callable[[np.ndarray], np.ndarray]:
    """A function from images uint8 [N, H, W] to probabilities float64 [N, L]; the model is loaded once.

    A .tflite goes through the device's own classifier, temperature included.

    Raises:
        ModelError: the file cannot be used.
    """
    if model.suffix == ".keras":
        from train.net import trained

        net = trained.load(model)
        return lambda images: trained.probabilities(net.keras, net.seen(images))
    classifier = Classifier(model_file.load(model))
    return lambda images: classifier_scores(classifier, images, f"{what} {model.name}")


def classifier_scores(classifier: Classifier, images: np.ndarray, what: str) -> np.ndarray:
    """Probabilities float64 [N, L] from the device's own classifier, for images uint8 [N, H, W]."""
    return np.stack([classifier.scores(image) for image in tqdm(images, desc=what, unit=" images", leave=False)])


def robustness(
    split: splits.Split, names: tuple[str, ...], labels: tuple[str, ...], model: Path
) -> list[dict[str, float | str]]:
    """The model's score under every condition of train.score.robustness, one row each (see its `table`).

    Raises:
        DataError: the split has a label that the model does not know.
        ModelError: the file cannot be used.
    """
    voted = None if split.votes is None else ferplus.consensus(split.votes, labels)
    wanted = splits.relabel(split.labels, names, labels)
    return conditions.table(split.images, wanted, voted, predictor(model, "robustness"))


def card(model: Path) -> Card:
    """What a model is as far as data is concerned: labels in the order of its outputs, its input, and its crop.

    Raises:
        ModelError: neither .keras nor .tflite, or unusable.
    """
    if model.suffix == ".keras":
        from train.net import trained

        net = trained.load(model)
        return Card(net.labels, net.size, net.size, CROP_SCALE, faces=net.faces)
    found = model_file.load(model).card
    if found.height != found.width:
        raise ModelError(f"{model}: takes {found.width}x{found.height}; only square inputs can be scored on data sets")
    return found


def score(
    split: splits.Split, names: tuple[str, ...], labels: tuple[str, ...], probabilities: np.ndarray
) -> dict[str, Any]:
    """Figures of one pass over a split (see metrics.score).

    Args:
        names: of the data's labels; they meet the model's by name.
        labels: of the model, in the order of its outputs.
        probabilities: float [N, L], the model's answers to the split's images.

    Raises:
        DataError: the split has a label that the model does not know.
    """
    voted = None if split.votes is None else ferplus.consensus(split.votes, labels)
    return metrics.score(splits.relabel(split.labels, names, labels), probabilities, labels, voted)
