"""Small labelled data sets of drawn faces, in every format that training reads."""

import csv
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from tests.drawn import EXPRESSIONS, PEOPLE, portrait
from train.data.labels import FER2013, FERPLUS_COLUMNS, canonical
from train.learn.augment import augment
from train.learn.settings import Augmentation

_VOTE_COLUMNS = [canonical(name) for name in FERPLUS_COLUMNS]


@cache
def faces(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """uint8 [count, 48, 48] and int64 [count]: drawn faces, each a little different."""
    drawings = _drawings()
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % len(FER2013)
    base = np.stack([drawings[label, rng.integers(len(PEOPLE))] for label in labels])
    gentle = Augmentation(degrees=6, shift=0.04, scale=0.05, noise=1.0, erase=0.0)
    return augment(base, gentle, rng), labels


@cache
def _drawings() -> np.ndarray:
    def crop(emotion: str, person: int) -> np.ndarray:
        grey = cv2.cvtColor(portrait(EXPRESSIONS[emotion], PEOPLE[person]), cv2.COLOR_BGR2GRAY)
        return cv2.resize(grey[36:204, 36:204], (48, 48), interpolation=cv2.INTER_AREA)

    return np.stack([[crop(emotion, person) for person in range(len(PEOPLE))] for emotion in FER2013])


def usages(count: int) -> np.ndarray:
    """The last fifth is PublicTest, the rest Training."""
    return np.where(np.arange(count) < count * 4 // 5, "Training", "PublicTest")


def write_npz(path: Path, count: int) -> Path:
    """`count` drawn faces with usage and FER+ votes."""
    images, labels = faces(count)
    np.savez(path, images=images, labels=labels, usage=usages(count), ferplus_votes=votes_for(labels))
    return path


def write_csv(path: Path, images: np.ndarray, labels: np.ndarray, usage: np.ndarray, spaced: bool = False) -> Path:
    """Kaggle's fer2013.csv, or with `spaced` its icml_face_data.csv."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["emotion", " Usage", " pixels"] if spaced else ["emotion", "pixels", "Usage"])
        for image, label, use in zip(images, labels, usage, strict=True):
            pixels = " ".join(map(str, image.ravel()))
            writer.writerow([label, use, pixels] if spaced else [label, pixels, use])
    return path


def write_folders(path: Path, images: np.ndarray, labels: np.ndarray, usage: np.ndarray) -> Path:
    """Kaggle's class folders, files named after the CSV's rows."""
    for row, (image, label, use) in enumerate(zip(images, labels, usage, strict=True)):
        folder = path / ("train" if use == "Training" else "test") / FER2013[label]
        folder.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / f"{use}_{row}.png"), image)
    return path


def votes_for(labels: np.ndarray) -> np.ndarray:
    """uint8 [N, 10]: seven of ten annotators see what the label says, three see neutral."""
    votes = np.zeros((len(labels), 10), np.uint8)
    for row, label in enumerate(labels):
        votes[row, _VOTE_COLUMNS.index(FER2013[label])] += 7
        votes[row, 0] += 3
    return votes


def write_ferplus(path: Path, votes: np.ndarray, usage: np.ndarray) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Usage", "Image name", *FERPLUS_COLUMNS])
        for row, (counts, use) in enumerate(zip(votes, usage, strict=True)):
            writer.writerow([use, f"fer{row + 5:07d}.png", *counts])
    return path
