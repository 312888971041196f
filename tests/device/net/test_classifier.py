"""Answers of the net under the interpreter of this environment."""

import numpy as np
import pytest

from device.errors import ModelError
from device.net import card
from device.net.classifier import Classifier
from device.net.model_file import ModelFile
from tests.drawn import EXPRESSIONS, portrait

PICTURE = portrait(EXPRESSIONS["happy"])


def test_a_card_of_other_sizes_than_the_net_is_refused(bundled: ModelFile, runtime: str) -> None:
    for change in ({"height": 64}, {"labels": ("a", "b")}):
        wrong = card.parse(bundled.card.as_dict() | change)
        with pytest.raises(ModelError, match="its card says"):
            Classifier(ModelFile(bundled.path, bundled.content, wrong), runtime)


def test_scores_are_calibrated_probabilities(classifier: Classifier) -> None:
    crop = PICTURE[60:180, 60:180, 0][:48, :48]
    scores = classifier.scores(crop)
    assert scores.sum() == pytest.approx(1)
    assert scores.shape == (len(classifier.labels),)
    logits = classifier.logits(crop).astype(float) / classifier.card.temperature
    np.testing.assert_allclose(scores, np.exp(logits) / np.exp(logits).sum(), rtol=1e-6)


def test_a_pixel_is_quantized_as_the_file_says(classifier: Classifier) -> None:
    scale, zero_point = classifier._input["quantization"]
    for pixel in (0, 1, 127, 254, 255):
        assert classifier._quantized[pixel] == np.clip(round(pixel / scale) + zero_point, -128, 127)
