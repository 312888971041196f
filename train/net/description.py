"""The JSON beside a `.keras` file, which says what the model is: its labels, its input, how it was trained."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from device.errors import ModelError
from device.net import questions
from device.net.card import LIGHTS, parse_answers
from device.net.questions import Answer
from device.process import whole_file
from train.data.labels import EMOTIONS, canonical

# As it may be copied: JSON has no dots.
EXAMPLE = '{"labels": ["angry", "happy", "sad"], "input_size": 48, "pixel_scale": 1.0, "pixel_offset": 0.0}'


@dataclass(frozen=True)
class Description:
    """What cannot be seen from the weights."""

    labels: tuple[str, ...]  # canonical names, in the order of the model's outputs
    size: int  # of the square input, pixels
    light: str = LIGHTS[0]  # what is done to an image's light before the model sees it (see device.net.card)
    training: dict[str, Any] = field(default_factory=dict)  # how it was made, for people; of no other use
    pixel_scale: float = 1.0  # the model wants pixel * scale + offset, where a pixel is 0 to 255
    pixel_offset: float = 0.0
    answers: Mapping[str, Answer] = field(default_factory=dict)  # by question, where the net has more than one
    votes_share: float = 0.5  # of the votes' answer where no other is asked for, 0 to 1
    faces: bool = True  # whether it reads faces, or pictures as they are (see device.net.card)

    @classmethod
    def read(cls, model: Path) -> Self:
        """The description of a `.keras` file: the file of the same name with the suffix .json.

        `labels` and `input_size` have to be there; `light` is "as it is" and pixels go in as 0 to 255 where the file
        does not say otherwise, and it reads faces if one of its labels is an emotion.

        Raises:
            ModelError: missing or unusable; one line says what it needs.
        """
        path = model.with_suffix(".json")
        try:
            return cls.parse(json.loads(path.read_text()), path)
        except FileNotFoundError as error:
            raise ModelError(f"{path}: missing; it says what the model is: {EXAMPLE}") from error
        except ValueError as error:
            raise ModelError(f"{path}: unusable ({error}); it needs labels and input_size: {EXAMPLE}") from error

    @classmethod
    def parse(cls, facts: Any, path: Path) -> Self:
        """A description from its JSON object.

        Args:
            path: of the file, for the line that says what is wrong.

        Raises:
            ModelError: unusable; one line says why.
        """
        try:
            labels, size = tuple(canonical(name) for name in facts["labels"]), facts["input_size"]
            if len(labels) < 2 or len(set(labels)) != len(labels) or not isinstance(size, int):
                raise ValueError("labels must be a list of different names and input_size a whole number")
            described = cls(
                labels=labels,
                size=size,
                light=facts.get("light", LIGHTS[0]),
                training=facts.get("training", {}),
                pixel_scale=float(facts.get("pixel_scale", 1.0)),
                pixel_offset=float(facts.get("pixel_offset", 0.0)),
                faces=facts.get("faces", bool(EMOTIONS & set(labels))),
                answers=parse_answers(facts["answers"], len(labels)) if "answers" in facts else {},
                votes_share=_share(facts.get("votes_share", 0.5)),
            )
            if described.light not in LIGHTS:
                raise ValueError(f"light must be one of {', '.join(LIGHTS)}")
            if not isinstance(described.faces, bool):
                raise ValueError("faces must be true or false")
        except (ValueError, KeyError, TypeError, AttributeError, ModelError) as error:
            raise ModelError(f"{path}: unusable ({error}); it needs labels and input_size: {EXAMPLE}") from error
        return described

    def write(self, model: Path) -> None:
        """Write it beside a `.keras` file of ours, which takes pixels of 0 to 255."""
        whole_file.write_json(model.with_suffix(".json"), self.as_dict())

    def as_dict(self) -> dict[str, Any]:
        """As it stands in JSON."""
        facts: dict[str, Any] = {
            "labels": list(self.labels),
            "input_size": self.size,
            "pixel_scale": self.pixel_scale,
            "light": self.light,
            "faces": self.faces,
            "training": self.training,
        }
        if self.answers:
            facts["answers"] = {question: asdict(answer) for question, answer in self.answers.items()}
            facts["votes_share"] = self.votes_share
        return facts

    @property
    def outputs(self) -> int:
        """How many logits the net has."""
        return questions.outputs(self.answers) if self.answers else len(self.labels)


def _share(value: Any) -> float:
    if not 0 <= float(value) <= 1:
        raise ValueError(f"{value} is not from 0 to 1")
    return float(value)
