"""The card: what a model is and how it wants its input. It travels inside the .tflite and is checked on load."""

import math
from dataclasses import asdict, dataclass, field
from typing import Any

from device.errors import ModelError

SCHEMA = 1
LIGHTS = ("as it is", "level")


@dataclass(frozen=True)
class Card:
    """Everything the device must know of a model. Nothing of it stands in code."""

    labels: tuple[str, ...]  # in the order of the outputs
    height: int  # of the input, pixels
    width: int  # of the input, pixels
    crop_scale: float  # side of the square crop, as a multiple of the face box's longer side
    pixel_scale: float = 1.0  # the net takes pixel_scale * pixel (0..255); 1.0 where it scales by itself
    temperature: float = 1.0  # the logits are divided by it before softmax
    least_confidence: float = 0.4  # calibrated confidence under which the device says "unsure"
    light: str = "as it is"  # or "level": each crop brought to one brightness and contrast (see crop.level)
    faces: bool = True  # whether it reads faces; else pictures as they are, which takes the setting crop = "whole"
    schema: int = SCHEMA
    training: dict[str, Any] = field(default_factory=dict)  # facts for people: data, splits, accuracy, versions

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
    if value.get("schema") != SCHEMA:
        raise ModelError(f"the model's card has schema {value.get('schema')!r}, this program reads {SCHEMA}")
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
    return Card(
        labels=tuple(labels),
        height=int(_number(value, "height", 8, 1024)),
        width=int(_number(value, "width", 8, 1024)),
        crop_scale=_number(value, "crop_scale", 0.1, 10),
        pixel_scale=_number(value, "pixel_scale", 1e-6, 10),
        temperature=_number(value, "temperature", 1e-3, 1e3),
        least_confidence=_number({"least_confidence": 0.4} | value, "least_confidence", 0, 1),
        light=light,
        faces=value.get("faces", True),
        training=dict(value.get("training") or {}),
    )


def _number(value: dict[str, Any], name: str, low: float, high: float) -> float:
    number = value.get(name)
    if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
        raise ModelError(f"the model's card has no number {name!r}")
    if not low <= number <= high:
        raise ModelError(f"the model's card has {name} {number}, which is not from {low} to {high}")
    return number
