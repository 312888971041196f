"""An attempt, in a process of its own, to have a frame of a camera."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from device.camera.attempt import Attempt
from device.settings.settings import Settings
from tests.device.screens import children_running

pytestmark = [pytest.mark.once, pytest.mark.skipif(sys.platform != "linux", reason="systemd is Linux's")]


def processes() -> set[int]:
    return children_running("device.camera.attempt")


def outcome_of(attempt: Attempt) -> str:
    try:
        while (outcome := attempt.outcome()) is None:
            time.sleep(0.05)
        return outcome
    finally:
        attempt.end()


def test_an_attempt_tells_whether_a_camera_gives_frames(away: Settings, tmp_path: Path) -> None:
    assert outcome_of(Attempt(away)).startswith("no camera mock: plug it in")
    (tmp_path / "away").unlink()
    assert outcome_of(Attempt(away)) == ""


def test_an_attempt_at_a_driver_that_hangs_comes_back(drawn_recording: Path) -> None:
    settings = Settings(camera=f"mock:{drawn_recording}", mock_faults=("stall 0",), stall_seconds=0.5)
    assert "gave no frame for 0.5 seconds" in outcome_of(Attempt(settings))


def test_an_attempt_whose_driver_crashes_says_so(drawn_recording: Path) -> None:
    before = processes()
    attempt = Attempt(Settings(camera=f"mock:{drawn_recording}", mock_faults=("stall 0",), stall_seconds=60))
    (process,) = processes() - before
    os.kill(process, signal.SIGSEGV)
    assert outcome_of(attempt) == "the camera's driver crashes (signal 11)"
