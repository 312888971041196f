"""Labels that a net gives too seldom: their logits are raised until each is recalled often enough."""

from dataclasses import replace

import keras
import numpy as np

from train.net.trained import TrainedModel

_STEP = 0.05  # log-odds
_MOST = 3.0  # log-odds; a label that would need more was not learnt


def lifts(labels: np.ndarray, logits: np.ndarray, least_recall: float) -> np.ndarray:
    """Log-odds float64 [L] to add to the logits so that no label is recalled less than `least_recall` elsewhere either.

    Rare labels, and those that FER+'s annotators call otherwise than FER-2013 does, lose to their neighbours in a net
    that is right most often. An offset a label (logit adjustment, Menon et al. 2021) gives them their share back: the
    one with the lowest recall is raised, in small steps, until all have enough. What counts is the recall less its
    standard error: of a label that is rare here too (29 images of disgust), a high one may be luck.

    Args:
        labels: int [N], of validation; those without an image are left as they are.
        logits: float [N, L].
        least_recall: 0..1; as far as it can be reached.
    """
    lift = np.zeros(logits.shape[1])
    while True:  # it ends, since every turn raises a logit, and each by _MOST at most
        answers = (logits + lift).argmax(axis=1)
        recall = [_cautious_share(answers[labels == k] == k) for k in range(len(lift))]
        lowest = int(np.argmin(recall))
        if recall[lowest] >= least_recall or lift[lowest] > _MOST - _STEP / 2:
            return np.round(lift - lift.min(), 2)
        lift[lowest] += _STEP


def _cautious_share(right: np.ndarray) -> float:
    """Share of bool [N] that is true, less its standard error; 1 where N is 0, so that nothing is raised for it."""
    if not len(right):
        return 1.0
    share = float(right.mean())
    return share - (share * (1 - share) / len(right)) ** 0.5


def lifted(model: TrainedModel, lift: np.ndarray) -> TrainedModel:
    """The model with `lift`, float [L], added to its logits; the converter folds it into the last layer's bias."""
    if not lift.any():
        return model
    image = keras.Input((model.size, model.size, 1), name="image")
    raised = keras.ops.add(model.keras(image), keras.ops.convert_to_tensor(lift[None], dtype="float32"))
    return replace(model, keras=keras.Model(image, raised))
