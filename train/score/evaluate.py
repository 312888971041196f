"""Score a model on a split, one pass; `.keras` and `.tflite` alike."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from device.errors import ModelError
from device.net import model_file
from device.net.classifier import Classifier
from train.data import ferplus, splits
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


def labels_and_size(model: Path) -> tuple[tuple[str, ...], int]:
    """A model's labels in the order of its outputs, and the side of its input in pixels.

    Raises:
        ModelError: neither .keras nor .tflite, or unusable.
    """
    if model.suffix == ".keras":
        from train.net import trained

        net = trained.load(model)
        return net.labels, net.size
    card = model_file.load(model).card
    if card.height != card.width:
        raise ModelError(f"{model}: takes {card.width}x{card.height}; only square inputs can be scored on data sets")
    return card.labels, card.height


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
