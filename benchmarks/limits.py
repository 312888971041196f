"""Where a face gets hard to read: accuracy against what device.reading.doubt measures, for its limits.

python -m benchmarks.limits --data fer2013.csv --ferplus fer2013new.csv [--model MODEL]

Validation images are darkened as a sensor would have them in little light, shown as small as a distant face and
blurred. A limit is good where accuracy has lost about a tenth of itself: it says why a face is unsure, it does not
make it so.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np

from device.contract import Box
from device.net import model_file
from device.net.classifier import Classifier
from device.reading.doubt import measure
from train.data import ferplus, splits
from train.data.labels import FER2013
from train.score.robustness import blurred, distant

IMAGES = 1500
READ_NOISE = 2.0  # grey levels, of a cheap sensor at full gain


def dark(gain: float) -> Callable[[np.ndarray], np.ndarray]:
    """In `gain` of the light: less signal, the same noise, whole grey levels."""

    def change(image: np.ndarray) -> np.ndarray:
        noise = np.random.default_rng(int(image.sum())).normal(0, READ_NOISE, image.shape)
        return np.clip(np.round(image * gain + noise), 0, 255).astype(np.uint8)

    return change


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--ferplus", type=Path, required=True)
    parser.add_argument("--model", default="default")
    options = parser.parse_args()
    classifier = Classifier(model_file.load(model_file.find(options.model)))
    split = splits.load(options.data, options.ferplus).validation
    truth = ferplus.consensus(split.votes, FER2013)
    rows = np.flatnonzero(truth >= 0)[:IMAGES]
    scale = classifier.card.crop_scale

    def score(name: str, change: Callable[[np.ndarray], np.ndarray], side: int = 100) -> None:
        crops = [change(image) for image in split.images[rows]]
        scores = np.stack([classifier.scores(crop) for crop in crops])
        qualities = [measure(crop, Box(0, 0, side, side)) for crop in crops]
        middle = {key: np.median([getattr(q, key) for q in qualities]) for key in ("brightness", "sharpness")}
        right = 100 * (scores.argmax(axis=1) == truth[rows]).mean()
        unsure = 100 * (scores.max(axis=1) < classifier.card.least_confidence).mean()
        print(
            f"{name:<28}{middle['brightness']:>12.0f}{middle['sharpness']:>11.2f}{side:>6}{right:>9.1f}{unsure:>9.1f}"
        )

    print(f"{'':<28}{'brightness':>12}{'sharpness':>11}{'side':>6}{'right %':>9}{'unsure %':>9}")
    score("as it is", lambda image: image)
    for gain in (0.5, 0.35, 0.25, 0.18, 0.12, 0.08, 0.05):
        score(f"in {gain:g} of the light", dark(gain))
    for side in (72, 64, 56, 48, 40, 32, 24, 20):
        crop = max(1, round(side * scale))
        # A crop larger than the net's picture loses nothing that the data set has.
        score(f"face of {side} pixels", distant(crop) if crop < split.images.shape[1] else lambda i: i, side)
    for sigma in (0.5, 1.0, 1.5, 2.0, 2.5, 3.0):
        score(f"blurred, sigma {sigma:g}", blurred(sigma))


if __name__ == "__main__":
    main()
