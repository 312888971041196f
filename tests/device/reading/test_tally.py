"""What a run has read, counted once."""

import pytest

from device.contract import Pause
from device.reading.tally import Tally
from tests.device.screens import colour_bars, frame_of, reading_of

pytestmark = pytest.mark.once


def test_the_rate_follows_within_seconds_and_starts_anew_after_a_pause() -> None:
    now = 0.0
    tally, frame = Tally(lambda: now), frame_of(colour_bars())
    assert tally.rate is None
    for interval, frames in ((0.1, 40), (0.02, 400)):
        for _ in range(frames):
            tally.show(frame, reading_of())
            now += interval
        assert tally.rate == pytest.approx(1 / interval, rel=0.02)
    tally.rest(Pause("closed", "closed until Mon 08:00"))
    assert tally.rate is None
    for _ in range(3):
        now += 0.5
        tally.show(frame, reading_of())
    assert tally.rate == pytest.approx(2)
    assert tally.frames == 443
