"""What is said to people: `python -m benchmarks.people FOLDER [--model M] [--share S ...]`.

The whole chain over class folders of photos with one main face each: the photo, Haar, the crop, the net, "unsure". The
largest box that the net calls a face is the one that counts. Beside it stand the naive loop's finds: Haar alone.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from device.errors import DataError
from device.faces.detector import Detector
from device.net import answers, model_file
from device.net.classifier import Classifier
from device.net.crop import prepare
from device.net.picture import read_picture
from device.net.questions import VOTES
from device.process.progress import Bar
from device.settings.settings import Settings

FIVE = ("angry", "happy", "sad", "surprise", "neutral")  # of which the mean recall is; there are few of the others
CALM = "neutral"


@dataclass(frozen=True)
class Seen:
    """The main faces of the photos; row i of every array is the same face."""

    photos: int
    boxes: int  # that Haar gives in all photos
    with_box: int  # photos with at least one
    refused: int  # boxes that the net calls no face
    truth: np.ndarray  # int [N], index into the net's labels
    logits: np.ndarray  # float32 [N, outputs]


def look(folder: Path, classifier: Classifier) -> Seen:
    """Every photo of the class folders.

    Raises:
        DataError: a folder is named after no label of the net, or there is no photo.
    """
    detector, card = Detector(Settings()), classifier.card
    folders = sorted(path for path in folder.iterdir() if path.is_dir())
    for path in folders:
        if path.name not in card.labels:
            raise DataError(f"{path}: is named after none of {', '.join(card.labels)}")
    photos = [(file, card.labels.index(path.name)) for path in folders for file in sorted(path.iterdir())]
    if not photos:
        raise DataError(f"{folder}: has no class folder with photos")
    boxes = with_box = refused = 0
    truth, logits = [], []
    with Bar(len(photos)) as bar:
        for file, label in bar.over(photos):
            grey = cv2.cvtColor(read_picture(file), cv2.COLOR_BGR2GRAY)
            found = detector.find(grey)
            boxes, with_box = boxes + len(found), with_box + bool(found)
            said = [classifier.logits(prepare(grey, box, card)) for box in found]
            kept = [one for one in said if (sure := answers.face(one, card.answers)) is None or sure >= card.least_face]
            refused += len(said) - len(kept)
            if kept:
                truth.append(label)
                logits.append(kept[0])
    return Seen(len(photos), boxes, with_box, refused, np.array(truth), np.array(logits))


def row(seen: Seen, classifier: Classifier, share: float) -> str:
    """A row of the table: percent of the faces found."""
    card = classifier.card
    scores = answers.scores(seen.logits, card.answers, share, card.mixture)
    said, unsure = scores.argmax(axis=1), scores.max(axis=1) < card.sure(share)
    right = said == seen.truth
    recall = {label: right[seen.truth == n].mean() for n, label in enumerate(card.labels) if (seen.truth == n).any()}
    calm = seen.truth == card.labels.index(CALM)
    figures = [
        right.mean(),
        *(recall.get(label, np.nan) for label in card.labels),
        np.mean([recall.get(label, np.nan) for label in FIVE]),
        (~right & ~unsure)[calm].mean(),
        unsure.mean(),
    ]
    shown = f"{share:g}" if VOTES in card.answers else ""
    return f"| {shown} | " + " | ".join(f"{100 * figure:.1f}" for figure in figures) + " |"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.people", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a folder a label, with photos in it")
    parser.add_argument("--model", default="default", metavar="M", help="as of `device run` (default: %(default)s)")
    parser.add_argument("--share", type=float, nargs="+", metavar="S", help="votes' shares (default: the model's own)")
    options = parser.parse_args(arguments)
    classifier = Classifier(model_file.load(model_file.find(options.model)))
    seen = look(options.folder, classifier)
    print(
        f"{options.model}: {seen.photos:,} photos, {len(seen.truth):,} with a face; the naive loop finds "
        f"{seen.boxes:,} boxes in {seen.with_box:,} photos, of which the net calls {seen.refused:,} no face"
    )
    print(f"| votes' share | right | {' | '.join(classifier.labels)} | mean of five | calm, and surely not | unsure |")
    print("|---" * (len(classifier.labels) + 5) + "|")
    for share in options.share or [classifier.card.votes_share]:
        print(row(seen, classifier, share))


if __name__ == "__main__":
    main()
