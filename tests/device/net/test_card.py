"""What a card may say."""

import pytest

from device.errors import ModelError
from device.net import card
from device.net.card import Card
from device.net.model_file import ModelFile
from device.net.questions import Answer


def _answer(first: float, count: int, temperature: object = 1.0) -> dict[str, object]:
    return {"first": first, "count": count, "temperature": temperature, "least": 0.5}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"labels": ["a"]}, "labels"),
        ({"labels": ["a", "a"]}, "twice"),
        ({"height": None}, "height"),
        ({"crop_scale": float("nan")}, "crop_scale"),
        ({"colour": "rgb"}, "rgb"),
        ({"schema": 3}, "schema 3"),
        ({"answers": {}}, "which logits"),
        ({"answers": {"votes": _answer(0, 7)}}, "which logits"),
        ({"answers": {"labels": _answer(0, 7), "age": _answer(7, 1)}}, "'age'"),
        ({"answers": {"labels": [0, 7]}}, "not an object"),
        ({"answers": {"labels": _answer(0, 6)}}, "6 logits that answer 'labels', not 7"),
        ({"answers": {"labels": _answer(0, 7), "face": _answer(7, 7)}}, "7 logits that answer 'face', not 1"),
        ({"answers": {"labels": _answer(0, 7), "votes": _answer(6, 7)}}, "of no answer, or of two"),
        ({"answers": {"labels": _answer(0, 7), "votes": _answer(8, 7)}}, "of no answer, or of two"),
        ({"answers": {"labels": _answer(0.5, 7)}}, "not a whole number"),
        ({"answers": {"labels": _answer(0, 7, 0)}}, "temperature 0"),
        ({"answers": {"labels": _answer(0, 7, "warm")}}, "no number 'temperature'"),
        ({"answers": {"labels": _answer(0, 7), "votes": _answer(7, 7)}, "votes_share": 1.5}, "votes_share 1.5"),
        ({"answers": {"labels": _answer(0, 7), "votes": _answer(7, 7)}, "mixture": None}, "how its two answers"),
        ({"mixture": {"sharpness": -1, "lifts": []}}, "sharpness -1"),
        ({"mixture": {"sharpness": 1, "lifts": [0.5]}}, "lifts 1 labels, not 7"),
        ({"mixture": {"sharpness": 1, "lifts": ["much"] * 7}}, "no number 'lift'"),
        ({"answers": {"labels": _answer(0, 7), "face": _answer(7, 1) | {"least": None}}}, "no number 'least'"),
        ({"coverage": 0.9}, "not a list of objects"),
        ({"coverage": [{"coverage": 1.0, "least_confidence": 0.2}]}, "no number 'accuracy'"),
        ({"light": "dim"}, "light 'dim'"),
    ],
)
def test_a_card_is_checked_field_by_field(bundled: ModelFile, change: dict[str, object], reason: str) -> None:
    assert card.parse(bundled.card.as_dict()) == bundled.card
    with pytest.raises(ModelError, match=reason):
        card.parse(bundled.card.as_dict() | change)


def test_a_card_of_an_earlier_version_has_one_answer() -> None:
    old = {"schema": 1, "labels": ["a", "b"], "height": 48, "width": 48, "crop_scale": 1, "pixel_scale": 1}
    read = card.parse(old | {"temperature": 0.7, "colour": "grey", "crop": "square"})
    assert read.answers == {"labels": Answer(0, 2, 0.7)}
    assert (read.outputs, read.votes_share, read.least_face, read.coverage) == (2, 0.0, 0.0, ())
    with pytest.raises(ModelError, match="no number 'temperature'"):
        card.parse(old)


def test_a_card_without_answers_has_one_for_its_labels() -> None:
    assert Card(("a", "b", "c"), 48, 48, 1.0).answers == {"labels": Answer(0, 3)}


def test_each_share_has_a_confidence_of_its_own() -> None:
    answers = {"labels": Answer(0, 2, least=0.3), "votes": Answer(2, 2, least=0.6), "face": Answer(4, 1, least=0.1)}
    mixed = Card(("a", "b"), 48, 48, 1.0, answers=answers, votes_share=0.5, least_confidence=0.5)
    assert [mixed.sure(share) for share in (0, 0.25, 0.5, 0.75, 1)] == pytest.approx([0.3, 0.4, 0.5, 0.55, 0.6])
    assert mixed.least_face == 0.1
    assert Card(("a", "b"), 48, 48, 1.0, least_confidence=0.45).sure(0.7) == 0.45
