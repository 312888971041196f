"""The governor, with time and temperature given."""

import pytest

from device.camera.pace import Governor, Rates

pytestmark = pytest.mark.once

RATES = Rates(idle_seconds=10, idle_rate=5, hot_celsius=78, hot_rate=10)


def taken(governor: Governor, start: float, seconds: float, faces: int, celsius: float | None) -> tuple[int, list[str]]:
    """(frames read of a camera with 30 frames a second, what was said)."""
    count, said = 0, []
    for step in range(round(seconds * 30)):
        time = start + step / 30
        if governor.takes(time):
            count += 1
            said.append(governor.learn(time, faces, celsius))
    return count, [line for line in said if line]


def test_nobody_there_lowers_the_rate_and_a_face_brings_it_back() -> None:
    governor = Governor(RATES)
    assert taken(governor, 0, 9, 0, None) == (270, [])
    count, said = taken(governor, 10, 10, 0, None)
    assert 49 <= count <= 52
    assert said == ["5 frames a second: nobody was there for 10 seconds"]
    count, said = taken(governor, 20, 2, 1, None)
    assert count >= 54
    assert said == ["full rate again"]


def test_heat_lowers_the_rate_until_it_is_well_below_the_limit() -> None:
    governor = Governor(RATES)
    count, said = taken(governor, 0, 3, 1, 80)
    assert 29 <= count <= 33
    assert said == ["10 frames a second: the processor is at 78 C or above"]
    assert taken(governor, 3, 1, 1, 75)[1] == []  # cooler, but not enough
    assert taken(governor, 4, 1, 1, 70)[1] == ["full rate again"]
