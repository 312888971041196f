"""Hours of the week by the local clock, as `Mon-Fri 08:00-18:00, Sat 10:00-14:00`."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from device.errors import UsageError

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY = 24 * 60  # minutes
_WEEK = 7 * _DAY
ASK_SECONDS = 1.0  # from one look at the clock to the next
_SPAN = re.compile(r"(?:([a-z]{3})(?:\s*-\s*([a-z]{3}))?\s+)?(\d\d?):(\d\d)\s*-\s*(\d\d?):(\d\d)", re.IGNORECASE)


@dataclass(frozen=True)
class Hours:
    """Spans of the week; none of them means always.

    What counts is what the clock on the wall shows: an hour that daylight saving leaves out does not come, one that it
    repeats comes twice, and a clock that is set anew is followed as it is.
    """

    spans: tuple[tuple[int, int], ...] = ()  # minutes: start from Monday 00:00, and length

    @classmethod
    def parse(cls, text: str) -> Self:
        """Spans with a comma between them, each a day, days as `Sat-Mon` or nothing for every day, and its times.

        One that ends before it starts goes on after midnight: `Fri 20:00-02:00` ends on Saturday.

        Raises:
            UsageError: a span that is none; the line names it.
        """
        spans = [span for part in text.split(",") for span in _spans(part.strip())] if text.strip() else []
        return cls(tuple(spans))

    def hold(self, now: datetime) -> bool:
        """Whether `now`, local time, lies in them."""
        minute = _minute(now)
        return not self.spans or any((minute - start) % _WEEK < length for start, length in self.spans)

    def begin(self, now: datetime) -> str:
        """When they begin next, as `Mon 08:00`."""
        minute = _minute(now)
        start = min((start for start, _ in self.spans), key=lambda start: (start - minute) % _WEEK)
        return f"{_DAYS[start // _DAY]} {start % _DAY // 60:02}:{start % 60:02}"


class Timetable:
    """Hours, held against the clock once a second: whoever keeps hours asks here.

    Args:
        text: as Hours.parse takes it.
        now: local time.
    """

    def __init__(self, text: str, now: Callable[[], datetime] | None = None):
        self._now = now or local_now
        self.set(text)

    def set(self, text: str) -> None:
        """Other hours, at once."""
        self._hours = Hours.parse(text)
        self._ask_at = 0.0  # monotonic seconds

    def is_open(self) -> bool:
        now = time.monotonic()
        if now >= self._ask_at:
            self._ask_at, self._open = now + ASK_SECONDS, self._hours.hold(self._now())
        return self._open

    def closed_until(self) -> str:
        return f"closed until {self._hours.begin(self._now())}"


def local_now() -> datetime:
    """Local time, by the time zone as it is set now and not as it was at the start."""
    time.tzset()
    return datetime.now()


def _minute(now: datetime) -> int:
    return now.weekday() * _DAY + now.hour * 60 + now.minute


def _spans(text: str) -> list[tuple[int, int]]:
    match = _SPAN.fullmatch(text)
    if not match:
        raise UsageError(f"{text!r} is not written as Mon-Fri 08:00-18:00")
    start, end = (_time(*match.group(hour, hour + 1)) for hour in (3, 5))
    if start in (end, _DAY):
        raise UsageError(f"{text!r} has no length; the whole day is 00:00-24:00")
    return [(day * _DAY + start, (end - start) % _DAY or _DAY) for day in _days(*match.group(1, 2))]


def _time(hour: str, minute: str) -> int:
    minutes = int(hour) * 60 + int(minute)
    if int(minute) > 59 or minutes > _DAY:
        raise UsageError(f"{hour}:{minute} is no time of day")
    return minutes


def _days(first: str | None, last: str | None) -> list[int]:
    if first is None:
        return list(range(7))
    start = _day(first)
    end = start if last is None else _day(last)
    return [(start + step) % 7 for step in range((end - start) % 7 + 1)]


def _day(name: str) -> int:
    if name.capitalize() not in _DAYS:
        raise UsageError(f"{name!r} is none of {', '.join(_DAYS)}")
    return _DAYS.index(name.capitalize())
