"""Three answers from one net: linear heads, each fitted on its own truth to what the net's last layer is given."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers
from tqdm import tqdm

from device.errors import DataError, ModelError
from device.net.card import Card
from device.net.questions import FACE, LABELS, VOTES, Answer
from train import record, run
from train.data import ferplus, splits
from train.data.splits import Data, Split
from train.learn.augment import augment
from train.learn.settings import Augmentation
from train.net import kept, provenance, restored, trained
from train.net.description import Description
from train.net.trained import TrainedModel
from train.teach import not_faces, softmax

KEPT_NAME = "kept.npz"  # of a run folder: the weights at 16 bits
DECAY = 0.01  # of the labels' and the votes' heads; chosen on validation (docs/experiments.md)
_FACE_DECAY = 0.001
_LOST = 0.01  # of the faces that were kept aside, which the face's answer may lose
_WIDEST = 6.0  # logit of the face's answer; int8 has one scale for all logits, and this one must not make it coarse
_MOVED = 6000  # faces that are moved, turned, darkened and blurred, for the face's answer
_AT_ONCE = 256  # images that the net is asked of


@dataclass(frozen=True)
class Pictures:
    """Photos, films and folders of them, for the face's answer."""

    empty: tuple[Path, ...] = ()  # in which nobody is
    peopled: tuple[Path, ...] = ()  # in which somebody is

    def __bool__(self) -> bool:
        return bool(self.empty)


def load(path: Path) -> TrainedModel:
    """A net to fit heads on: a .keras file, kept weights, or a .tflite of ours, whose float net is restored.

    Raises:
        ModelError: not loadable.
    """
    if path.suffix != ".tflite":
        return trained.load(path)
    from device.net import model_file

    model = model_file.load(path)
    net = restored.restore(model.content, path)
    card = model.card
    return TrainedModel(
        net, card.labels, card.height, card.training, light=card.light, faces=card.faces, answers=card.answers
    )


def fit(
    model: TrainedModel,
    data: Data,
    pictures: Pictures,
    votes_share: float,
    out: Path,
    made: dict[str, Any] | None = None,
) -> dict[str, float]:
    """Write the run folder of a net of the same layers with an answer for each truth.

    The layers before the heads stay as they are, and the net costs what it did.

    Args:
        model: see `load`.
        pictures: without any, the net does not say whether it sees a face.
        votes_share: of the votes' answer where no other is asked for, 0 to 1.
        made: how, for model.json (see train.record).

    Returns:
        Shares: `faces_lost` of the faces kept aside and `none_kept` of what is none, where the face is answered.

    Raises:
        DataError: no training image, or none with votes.
        UsageError: the folder holds a model already.
        ModelError: the net does not end in a linear layer.
    """
    run.check_free(out)
    dense = [layer for layer in model.keras.layers if isinstance(layer, layers.Dense)]
    if not dense:
        raise ModelError("the net does not end in a linear layer, so no heads can be fitted to what that is given")
    split = data.train
    if split.votes is None or not len(split):
        raise DataError("no training image with votes: the data must hold the Training split, and --ferplus its votes")
    trunk = keras.Model(model.keras.input, dense[-1].input)
    count = len(model.labels)
    features = _ask(trunk, model, split.images, "faces")
    known = split.votes[:, ferplus.NOT_A_FACE] <= ferplus.MAJORITY
    votes = ferplus.for_labels(split.votes.astype(np.float32), model.labels)
    seen = known & (votes.sum(axis=1) > 0)
    own = np.eye(count, dtype=np.float32)[splits.relabel(split.labels, data.names, model.labels)]
    heads = [softmax.fit(features[known], own[known], DECAY)]
    wanted = votes[seen] / votes[seen].sum(axis=1, keepdims=True)
    heads.append(softmax.fit(features[seen], wanted, DECAY))
    answers = {LABELS: Answer(0, count), VOTES: Answer(count, count)}
    told: dict[str, float] = {}
    if pictures:
        head, temperature, least, told = _face(trunk, model, data, features[known], pictures)
        heads.append(head)
        answers[FACE] = Answer(2 * count, 1, temperature, least)

    logits = layers.Dense(sum(answer.count for answer in answers.values()), name="logits")
    net = keras.Model(model.keras.input, logits(dense[-1].input), name=model.keras.name)
    logits.set_weights([np.concatenate(parts, axis=-1) for parts in zip(*heads, strict=True)])
    kept.rounded(net)
    training = model.training | {"heads": made or {}}
    described = Description(
        model.labels, model.size, model.light, training, answers=answers, votes_share=votes_share, faces=model.faces
    )
    run.write(out, net, described)
    short = record.short(provenance.in_short(training))
    kept.write(out / KEPT_NAME, net, replace(described, training=short))
    return told


def _face(
    trunk: keras.Model, model: TrainedModel, data: Data, features: np.ndarray, pictures: Pictures
) -> tuple[tuple[np.ndarray, np.ndarray], float, float, dict[str, float]]:
    """((kernel, offset), temperature, least probability of a face, what is told of it)."""
    card = Card(model.labels, model.size, model.size, 1.0, light=model.light)
    none, cut = not_faces.find(list(pictures.empty), list(pictures.peopled), card)
    split = data.train
    assert split.votes is not None
    none = np.concatenate([none, split.images[split.votes[:, ferplus.NOT_A_FACE] > ferplus.MAJORITY]])
    none = np.concatenate([none, none[:, :, ::-1]])
    rng = np.random.default_rng(0)
    some = rng.choice(len(split), min(_MOVED, len(split)), replace=False)
    moved = augment(split.images[some], Augmentation(erase=0.0), rng)
    # Every fourth is kept aside; a face that was cut out by the cascade is what the kiosk meets.
    aside = np.arange(len(cut)) % 4 == 0
    away = np.arange(len(none)) % 4 == 0
    nones = _ask(trunk, model, none, "what is none")
    cuts = _ask(trunk, model, cut, "faces in the pictures") if len(cut) else features[:0]
    faces = np.concatenate([features, _ask(trunk, model, moved, "moved faces"), cuts[~aside]])
    # Of either kind as much weight, so that the few that are none count.
    often = max(1, len(faces) // max(1, int((~away).sum())))
    rows = np.concatenate([faces, np.repeat(nones[~away], often, axis=0)])
    wanted = np.zeros((len(rows), 2), np.float32)
    wanted[: len(faces), 1] = 1
    wanted[len(faces) :, 0] = 1
    kernel, offset = softmax.fit(rows, wanted, _FACE_DECAY)
    kernel, offset = kernel[:, 1:] - kernel[:, :1], offset[1:] - offset[:1]
    usual = _validation_faces(trunk, model, data.validation)
    judged = np.concatenate([(part @ kernel + offset)[:, 0] for part in (usual, cuts[aside]) if len(part)])
    least = float(np.quantile(judged, _LOST))
    away_logits = (nones[away] @ kernel + offset)[:, 0]
    temperature = _WIDEST / max(_WIDEST, float(np.abs(judged).max()), float(np.abs(away_logits).max()))
    told = {
        "faces_lost": float((judged < least).mean()),
        "none_kept": float((away_logits >= least).mean()),
        "none": float(len(none)),
    }
    head = (kernel * temperature, offset * temperature)
    return head, temperature, round(float(1 / (1 + np.exp(-least))), 4), told


def _validation_faces(trunk: keras.Model, model: TrainedModel, split: Split) -> np.ndarray:
    faces = split.images
    if split.votes is not None:
        faces = faces[split.votes[:, ferplus.NOT_A_FACE] <= ferplus.MAJORITY]
    return _ask(trunk, model, faces, "faces kept aside") if len(faces) else np.zeros((0, trunk.output_shape[-1]))


def _ask(trunk: keras.Model, model: TrainedModel, images: np.ndarray, what: str) -> np.ndarray:
    """What the heads are given, float32 [N, C], for images uint8 [N, H, W]."""
    parts = [
        trained.predict(trunk, model.seen(images[at : at + _AT_ONCE]))
        for at in tqdm(range(0, len(images), _AT_ONCE), desc=what, unit=" images", unit_scale=_AT_ONCE, leave=False)
    ]
    return np.concatenate(parts)
