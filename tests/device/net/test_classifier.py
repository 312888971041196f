"""Answers of the net under the interpreter of this environment."""

from collections.abc import Mapping

import numpy as np
import pytest

from device.errors import ModelError
from device.net import answers, card
from device.net.card import Card
from device.net.classifier import Classifier, Said
from device.net.model_file import ModelFile
from device.net.questions import Answer, Mixture
from tests.drawn import EXPRESSIONS, portrait

PICTURE = portrait(EXPRESSIONS["happy"])


def test_a_card_of_other_sizes_than_the_net_is_refused(bundled: ModelFile, runtime: str) -> None:
    for change in ({"height": 64}, {"labels": ("a", "b"), "schema": 1, "temperature": 1.0}):
        wrong = card.parse(bundled.card.as_dict() | change)
        with pytest.raises(ModelError, match="its card says"):
            Classifier(ModelFile(bundled.path, bundled.content, wrong), runtime)


def _mixing(card: Card, share: float | None) -> tuple[Mapping[str, Answer], float, Mixture]:
    return card.answers, card.votes_share if share is None else share, card.mixture


def test_scores_are_calibrated_probabilities(classifier: Classifier) -> None:
    crop = PICTURE[60:180, 60:180, 0][:48, :48]
    for share in (None, 0.0, 0.5, 1.0):
        scores = classifier.read(crop, share).scores
        assert scores.sum() == pytest.approx(1)
        assert scores.shape == (len(classifier.labels),)
        mixed = answers.scores(classifier.logits(crop), *_mixing(classifier.card, share))
        np.testing.assert_array_equal(scores, mixed)
        np.testing.assert_array_equal(scores, classifier.scores(crop, share))


def test_whether_it_is_a_face_decides_where_the_net_says_so() -> None:
    scores = np.array([0.5, 0.5])
    assert Said(scores, None).is_face(0.9)
    assert Said(scores, 0.9).is_face(0.9)
    assert not Said(scores, 0.89).is_face(0.9)


def test_a_pixel_is_quantized_as_the_file_says(classifier: Classifier) -> None:
    scale, zero_point = classifier._input["quantization"]
    for pixel in (0, 1, 127, 254, 255):
        assert classifier._quantized[pixel] == np.clip(round(pixel / scale) + zero_point, -128, 127)
