"""What is made of a net's logits."""

import numpy as np
import pytest

from device.net import answers, questions
from device.net.questions import Answer, Mixture

LOGITS = np.log([[0.8, 0.2, 0.1, 0.9, 3.0], [0.5, 0.5, 0.3, 0.7, 0.25]]).astype(np.float32)
ANSWERS = {"labels": Answer(0, 2), "votes": Answer(2, 2), "face": Answer(4, 1)}


@pytest.mark.parametrize(("share", "first"), [(0, [0.8, 0.5]), (1, [0.1, 0.3]), (0.7, [0.31, 0.36])])
def test_the_two_answers_are_mixed_as_probabilities(share: float, first: list[float]) -> None:
    scores = answers.scores(LOGITS, ANSWERS, share)
    np.testing.assert_allclose(scores[:, 0], first, rtol=1e-6)
    np.testing.assert_allclose(scores.sum(axis=1), 1)
    np.testing.assert_allclose(answers.scores(LOGITS[0], ANSWERS, share), scores[0])


def test_each_answer_has_its_own_temperature() -> None:
    cool = ANSWERS | {"votes": Answer(2, 2, 0.5), "face": Answer(4, 1, 2.0)}
    np.testing.assert_allclose(answers.scores(LOGITS, cool, 0)[:, 0], [0.8, 0.5], rtol=1e-6)
    np.testing.assert_allclose(answers.scores(LOGITS, cool, 1)[:, 0], [0.01 / 0.82, 0.09 / 0.58], rtol=1e-6)
    np.testing.assert_allclose(answers.face(LOGITS, ANSWERS), [0.75, 0.2], rtol=1e-6)
    np.testing.assert_allclose(answers.face(LOGITS, cool), [3**0.5 / (1 + 3**0.5), 1 / 3], rtol=1e-6)


def test_a_net_of_one_answer_has_no_share_and_says_nothing_of_faces() -> None:
    one = {"labels": Answer(0, 2)}
    assert questions.outputs(one) == 2
    assert questions.outputs(ANSWERS) == 5
    assert answers.face(LOGITS, one) is None
    np.testing.assert_allclose(answers.scores(LOGITS, one, 1), answers.scores(LOGITS, ANSWERS, 0))


def test_a_mixture_is_sharpened_and_each_answer_alone_is_not() -> None:
    for share in (0, 1):
        changed = answers.scores(LOGITS, ANSWERS, share, Mixture(3.0, (1.0, 0.0)))
        np.testing.assert_allclose(changed, answers.scores(LOGITS, ANSWERS, share))
    plain, sharp, lifted = (
        answers.scores(LOGITS, ANSWERS, 0.5, mixture)
        for mixture in (Mixture(), Mixture(4.0), Mixture(0.0, (4 * float(np.log(2)), 0.0)))
    )
    np.testing.assert_allclose(sharp, plain**2 / (plain**2).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(lifted[:, 0] / lifted[:, 1], 2 * plain[:, 0] / plain[:, 1])
