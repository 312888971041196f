"""What a card may say."""

import pytest

from device.errors import ModelError
from device.net import card
from device.net.model_file import ModelFile


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"labels": ["a"]}, "labels"),
        ({"labels": ["a", "a"]}, "twice"),
        ({"temperature": 0}, "temperature 0"),
        ({"temperature": "warm"}, "no number 'temperature'"),
        ({"height": None}, "height"),
        ({"crop_scale": float("nan")}, "crop_scale"),
        ({"colour": "rgb"}, "rgb"),
        ({"schema": 2}, "schema 2"),
        ({"light": "dim"}, "light 'dim'"),
    ],
)
def test_a_card_is_checked_field_by_field(bundled: ModelFile, change: dict[str, object], reason: str) -> None:
    assert card.parse(bundled.card.as_dict()) == bundled.card
    with pytest.raises(ModelError, match=reason):
        card.parse(bundled.card.as_dict() | change)
