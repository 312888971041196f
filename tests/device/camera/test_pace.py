"""The pace, with time and temperature given."""

import pytest

from device.camera.pace import Pace
from device.settings.settings import Settings

pytestmark = pytest.mark.once

SETTINGS = Settings(idle_seconds=10, idle_rate=5, hot_celsius=78, hot_rate=10.0)


def taken(pace: Pace, start: float, seconds: float, faces: int, celsius: float | None) -> tuple[int, list[str]]:
    """(frames read of a camera with 30 frames a second, what was said)."""
    count, said = 0, []
    for step in range(round(seconds * 30)):
        time = start + step / 30
        if pace.wants(time):
            count += 1
            said.append(pace.learn(time, faces, celsius))
    return count, [line for line in said if line]


def test_nobody_there_lowers_the_rate_and_a_face_brings_it_back() -> None:
    pace = Pace(SETTINGS)
    assert taken(pace, 0, 9, 0, None) == (270, [])
    count, said = taken(pace, 10, 10, 0, None)
    assert 49 <= count <= 52
    assert said == ["5 frames a second: nobody was there for 10 seconds"]
    count, said = taken(pace, 20, 2, 1, None)
    assert count >= 54
    assert said == ["full rate again"]


def test_heat_lowers_the_rate_until_it_is_well_below_the_limit() -> None:
    pace = Pace(SETTINGS)
    count, said = taken(pace, 0, 3, 1, 80)
    assert 29 <= count <= 33
    assert said == ["10 frames a second: the processor is at 78 C or above"]
    assert taken(pace, 3, 1, 1, 75)[1] == []  # cooler, but not enough
    assert taken(pace, 4, 1, 1, 70)[1] == ["full rate again"]
