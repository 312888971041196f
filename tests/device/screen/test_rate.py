"""The rate that is shown."""

import pytest

from device.screen.rate import Rate

pytestmark = pytest.mark.once


def test_the_rate_follows_within_seconds() -> None:
    rate, now = Rate(), 0.0
    assert rate() is None
    for interval, frames in ((0.1, 40), (0.02, 400)):
        for _ in range(frames):
            rate.count(now)
            now += interval
        assert rate() == pytest.approx(1 / interval, rel=0.02)
