"""Hours of the week."""

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest

from device.errors import UsageError
from device.settings.hours import Hours, local_now
from tests import needs

pytestmark = pytest.mark.once

MONDAY = datetime(2026, 11, 16)  # 00:00


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A time of the week, days from Monday 0."""
    return MONDAY + timedelta(days=day, hours=hour, minutes=minute)


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("Mon-Fri 08:00-18:00", [at(0, 8), at(4, 17, 59)], [at(0, 7, 59), at(0, 18), at(5, 12)]),
        ("Mon-Fri 8:00-18:00, Sat 10:00-14:00", [at(5, 10), at(1, 12)], [at(5, 14), at(6, 11)]),
        ("08:00-18:00", [at(6, 8)], [at(6, 18)]),
        ("Fri 20:00-02:00", [at(4, 20), at(5, 1, 59)], [at(5, 2), at(4, 1), at(5, 20)]),
        ("Sun 22:00-06:00", [at(6, 23), at(7, 5, 59), at(0, 5)], [at(0, 6), at(6, 5)]),
        ("Sat-Mon 09:00-10:00", [at(5, 9), at(6, 9), at(0, 9)], [at(1, 9), at(4, 9)]),
        ("Wed 00:00-24:00", [at(2, 0), at(2, 23, 59)], [at(1, 23, 59), at(3, 0)]),
        ("mon - tue 9:05 - 9:06", [at(1, 9, 5)], [at(1, 9, 6)]),
        ("", [at(3, 3)], []),
    ],
)
def test_hours_hold(text: str, inside: list[datetime], outside: list[datetime]) -> None:
    hours = Hours.parse(text)
    assert [hours.hold(now) for now in inside] == [True] * len(inside)
    assert [hours.hold(now) for now in outside] == [False] * len(outside)


def test_when_they_begin_next() -> None:
    hours = Hours.parse("Mon-Fri 08:00-18:00, Sat 10:30-14:00")
    assert hours.begin(at(0, 3)) == "Mon 08:00"
    assert hours.begin(at(0, 19)) == "Tue 08:00"
    assert hours.begin(at(4, 18)) == "Sat 10:30"
    assert hours.begin(at(5, 20)) == "Mon 08:00"


@pytest.mark.parametrize(
    "text", ["8-18", "Mon", "Mon-Fry 08:00-18:00", "Mon 08:00-25:00", "Mon 08:60-09:00", "08:00-08:00", "08:00-09:00,"]
)
def test_what_is_no_time_is_named(text: str) -> None:
    with pytest.raises(UsageError):
        Hours.parse(text)


@pytest.mark.parametrize(("day", "minutes"), [("2026-03-29", 120), ("2026-10-25", 240), ("2026-06-07", 180)])
def test_the_clock_on_the_wall_counts_when_daylight_saving_changes(day: str, minutes: int) -> None:
    try:
        berlin = ZoneInfo("Europe/Berlin")
    except ZoneInfoNotFoundError:
        needs.lack("time zones", apt="tzdata")
    hours = Hours.parse("Sun 01:00-04:00")
    midnight = datetime.fromisoformat(day).replace(tzinfo=berlin).astimezone(UTC)
    day_long = [(midnight + timedelta(minutes=minute)).astimezone(berlin) for minute in range(12 * 60)]
    assert sum(hours.hold(now) for now in day_long) == minutes


def test_a_time_zone_that_is_set_anew_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = []
    for zone in ("HERE-3", "HERE5"):
        monkeypatch.setenv("TZ", zone)
        shown.append(local_now())
    monkeypatch.undo()
    time.tzset()
    assert timedelta(hours=7.9) < shown[0] - shown[1] < timedelta(hours=8.1)
