"""The card: what a model is and how it wants its input. It travels inside the .tflite and is checked on load."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from device.errors import ModelError
from device.net.questions import FACE, LABELS, PLAIN, QUESTIONS, VOTES, Answer, Mixture, outputs

SCHEMA = 2
_ONE_ANSWER = 1  # schema of the releases whose nets have one answer, and its temperature beside the labels
LIGHTS = ("as it is", "level")


@dataclass(frozen=True)
class Card:
    """Everything the device must know of a model. Nothing of it stands in code."""

    labels: tuple[str, ...]  # in the order of an answer's logits
    height: int  # of the input, pixels
    width: int  # of the input, pixels
    crop_scale: float  # side of the square crop, as a multiple of the face box's longer side
    pixel_scale: float = 1.0  # the net takes pixel_scale * pixel (0..255); 1.0 where it scales by itself
    answers: Mapping[str, Answer] = field(default_factory=dict)  # by question; without any, one for the labels
    votes_share: float = 0.0  # of the votes' answer in the scores, 0 to 1, where the settings do not say another
    mixture: Mixture = PLAIN  # what is done to a mixture of both, so that it is as sure as it is right
    least_confidence: float = 0.4  # calibrated confidence under which the device says "unsure", at that share
    coverage: tuple[Mapping[str, float], ...] = ()  # on validation, at that share (see train.score.metrics)
    light: str = "as it is"  # or "level": each crop brought to one brightness and contrast (see crop.level)
    faces: bool = True  # whether it reads faces; else pictures as they are, which takes the setting crop = "whole"
    schema: int = SCHEMA
    training: dict[str, Any] = field(default_factory=dict)  # facts for people: data, splits, accuracy, versions

    def __post_init__(self) -> None:
        if not self.answers:
            object.__setattr__(self, "answers", {LABELS: Answer(0, len(self.labels))})

    @property
    def outputs(self) -> int:
        """How many logits the net has."""
        return outputs(self.answers)

    @property
    def least_face(self) -> float:
        """Probability of a face under which a box holds none."""
        return self.answers[FACE].least if FACE in self.answers else 0.0

    def sure(self, votes_share: float) -> float:
        """Calibrated confidence from which on the device is sure, at a share of 0 to 1."""
        if VOTES not in self.answers:
            return self.least_confidence
        known = {
            0.0: self.answers[LABELS].least,
            1.0: self.answers[VOTES].least,
            self.votes_share: self.least_confidence,
        }
        below = max(share for share in known if share <= votes_share)
        above = min(share for share in known if share >= votes_share)
        if below == above:
            return known[below]
        way = (votes_share - below) / (above - below)
        return (1 - way) * known[below] + way * known[above]

    @property
    def wanted_crop(self) -> str:
        """A line where the model reads other than faces, which the settings have to say too; else empty."""
        return "" if self.faces else 'the model reads whole pictures, not faces: it needs the setting crop = "whole"'

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def parse(value: Any) -> Card:
    """A card from its JSON object.

    Raises:
        ModelError: a field is missing, of the wrong type or out of range; the line names it.
    """
    if not isinstance(value, dict):
        raise ModelError("the model's card is not a JSON object")
    labels = value.get("labels")
    if not isinstance(labels, list | tuple) or len(labels) < 2 or not all(isinstance(x, str) and x for x in labels):
        raise ModelError("the model's card names no labels")
    if len(set(labels)) != len(labels):
        raise ModelError("the model's card names a label twice")
    if value.get("schema") not in (_ONE_ANSWER, SCHEMA):
        raise ModelError(f"the model's card has schema {value.get('schema')!r}, this program reads 1 and {SCHEMA}")
    colour, crop = value.get("colour", "grey"), value.get("crop", "square")  # written by earlier versions
    if colour != "grey" or crop != "square":
        raise ModelError(f"the model wants {colour} {crop} crops; only grey square ones are known")
    light = value.get("light", "as it is")
    if light not in LIGHTS:
        raise ModelError(f"the model wants light {light!r}; only {' and '.join(map(repr, LIGHTS))} are known")
    if not isinstance(value.get("faces", True), bool):
        raise ModelError("the model's card does not say true or false of faces")
    if not isinstance(value.get("training", {}), dict):
        raise ModelError("the model's card has training facts that are not an object")
    if value["schema"] == _ONE_ANSWER:
        answers = {LABELS: Answer(0, len(labels), _number(value, "temperature", 1e-3, 1e3))}
    else:
        answers = parse_answers(value.get("answers"), len(labels))
    return Card(
        labels=tuple(labels),
        height=int(_number(value, "height", 8, 1024)),
        width=int(_number(value, "width", 8, 1024)),
        crop_scale=_number(value, "crop_scale", 0.1, 10),
        pixel_scale=_number(value, "pixel_scale", 1e-6, 10),
        answers=answers,
        votes_share=_number(value, "votes_share", 0, 1) if VOTES in answers else 0.0,
        mixture=_mixture(value.get("mixture"), len(labels)) if VOTES in answers else PLAIN,
        least_confidence=_number({"least_confidence": 0.4} | value, "least_confidence", 0, 1),
        coverage=_coverage(value.get("coverage", ())),
        light=light,
        faces=value.get("faces", True),
        training=dict(value.get("training") or {}),
    )


def parse_answers(value: Any, labels: int) -> dict[str, Answer]:
    """The answers, by question, of a model with so many labels; each logit is of one of them.

    Raises:
        ModelError: a field is missing, of the wrong type or out of range; the line names it.
    """
    if not isinstance(value, dict) or LABELS not in value:
        raise ModelError("the model's card does not say which logits answer for the labels")
    answers = {}
    for question, described in value.items():
        if question not in QUESTIONS:
            raise ModelError(f"the model's card has an answer to {question!r}; known are {', '.join(QUESTIONS)}")
        if not isinstance(described, dict):
            raise ModelError(f"the model's card has an answer to {question!r} that is not an object")
        first, count = (_whole(described, name, low, 1024) for name, low in (("first", 0), ("count", 1)))
        wanted = 1 if question == FACE else labels
        if count != wanted:
            raise ModelError(f"the model's card has {count} logits that answer {question!r}, not {wanted}")
        temperature, least = _number(described, "temperature", 1e-3, 1e3), _number(described, "least", 0, 1)
        answers[question] = Answer(first, count, temperature, least)
    places = [place for answer in answers.values() for place in range(answer.first, answer.first + answer.count)]
    if sorted(places) != list(range(len(places))):
        raise ModelError("the model's card has logits that are of no answer, or of two")
    return answers


def _mixture(value: Any, labels: int) -> Mixture:
    if not isinstance(value, dict) or not isinstance(value.get("lifts"), list | tuple):
        raise ModelError("the model's card does not say how its two answers are mixed")
    if len(value["lifts"]) not in (0, labels):
        raise ModelError(f"the model's card lifts {len(value['lifts'])} labels, not {labels}")
    lifts = tuple(_number({"lift": lift}, "lift", -20, 20) for lift in value["lifts"])
    return Mixture(_number(value, "sharpness", 0, 100), lifts)


def _coverage(value: Any) -> tuple[dict[str, float], ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(row, dict) for row in value):
        raise ModelError("the model's card has a coverage that is not a list of objects")
    names = ("coverage", "least_confidence", "accuracy")
    return tuple({name: _number(row, name, 0, 1) for name in names} for row in value)


def _whole(value: dict[str, Any], name: str, low: int, high: int) -> int:
    number = _number(value, name, low, high)
    if number != int(number):
        raise ModelError(f"the model's card has {name} {number}, which is not a whole number")
    return int(number)


def _number(value: dict[str, Any], name: str, low: float, high: float) -> float:
    number = value.get(name)
    if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
        raise ModelError(f"the model's card has no number {name!r}")
    if not low <= number <= high:
        raise ModelError(f"the model's card has {name} {number}, which is not from {low} to {high}")
    return number
