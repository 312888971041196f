"""When a restarted kiosk has proved its release, and when it has failed; looks at a unit in, verdict out."""

from dataclasses import replace

import pytest

from device.releases.watch import Watch
from device.service.unit import State

pytestmark = pytest.mark.once

OLD, NEW = 100, 200
READING = "reading: 20.0 frames a second"
READS = State("active", "running", NEW, 0, READING, "success", fed=-1)  # at the time of the look
HANGS = State("active", "running", NEW, 0, READING, "success", fed=2)
WAITS = State("active", "running", NEW, 0, "no camera /dev/video0", "success", fed=-1)
STARTS = State("activating", "start", NEW, 0, "", "success", fed=0)
STOPS = State("deactivating", "stop-sigterm", OLD, 0, READING, "success", fed=-1)
BEFORE = State("active", "running", OLD, 0, READING, "success", fed=-1)


def see(*looks: State) -> tuple[Watch, list[str]]:
    """A look a second, for five seconds of finished frames, with patience for ten."""
    watch, said = Watch(OLD, 5, 10, 0.0), []
    for now, state in enumerate(looks, 1):
        said.append(watch.see(replace(state, fed=now) if state.fed < 0 else state, float(now)))
    return watch, said


def ends(active: str, detail: str, process: int, restarts: int, result: str) -> State:
    return State(active, detail, process, restarts, "", result, fed=0)


def test_frames_without_a_break_are_good() -> None:
    watch, said = see(BEFORE, STOPS, STARTS, *[READS] * 6)
    assert not any(said)
    assert watch.is_over
    assert (watch.read_seconds, watch.away_seconds) == (5.0, 4.0)


def test_the_kiosk_from_before_the_restart_proves_nothing() -> None:
    watch, said = see(*[BEFORE] * 9)
    assert not any(said)
    assert (watch.is_over, watch.read_seconds) == (False, 0.0)


def test_a_kiosk_that_waits_for_its_camera_proves_nothing_and_is_given_up_with_its_own_words() -> None:
    watch, said = see(STARTS, *[WAITS] * 10)
    assert not watch.is_over
    assert said[-1] == "the kiosk finished no frame for 10 s; it says: no camera /dev/video0"
    watch, said = see(STARTS, READS, READS, WAITS, WAITS, READS, READS, READS, READS)
    assert not any(said)
    assert (watch.read_seconds, watch.away_seconds) == (4.0, 5.0)


def test_a_loop_that_stands_still_proves_nothing_although_its_status_goes_on() -> None:
    watch, said = see(READS, HANGS, *[HANGS] * 8)
    assert not any(said)
    assert (watch.is_over, watch.read_seconds) == (False, 1.0)


@pytest.mark.parametrize(
    ("looks", "reason"),
    [
        ([STARTS, ends("activating", "auto-restart", 0, 0, "exit-code")], "before its first frame (with an error"),
        ([STARTS, ends("activating", "start", 300, 1, "success")], "before its first frame"),
        ([READS, READS, ends("activating", "auto-restart", 0, 0, "watchdog")], "its loop stood still"),
        ([READS, READS, ends("deactivating", "stop-watchdog", NEW, 0, "watchdog")], "after 1 s of finished frames"),
        ([READS, READS, ends("active", "running", 300, 1, "success")], "after 1 s of finished frames"),
        ([READS, ends("failed", "failed", 0, 5, "signal")], "the kiosk failed (it crashed)"),
        ([READS, ends("inactive", "dead", 0, 0, "success")], "it is inactive"),
        ([STARTS] * 11, "finished no frame for 10 s"),
    ],
)
def test_each_way_to_fail_is_named(looks: list[State], reason: str) -> None:
    _, said = see(*looks)
    assert not any(said[:-1])
    assert reason in said[-1]
