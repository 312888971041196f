"""A look, in a process of its own, whether a camera gives frames again."""

import signal
import sys
import time
from pathlib import Path

import pytest

from device.camera.attempt import Look
from device.settings.settings import Settings

pytestmark = [pytest.mark.once, pytest.mark.skipif(sys.platform != "linux", reason="systemd is Linux's")]


def outcome_of(look: Look) -> str:
    try:
        while (outcome := look.outcome()) is None:
            time.sleep(0.05)
        return outcome
    finally:
        look.end()


def test_a_look_tells_whether_a_camera_gives_frames(away: Settings, tmp_path: Path) -> None:
    assert outcome_of(Look(away)).startswith("no camera mock: plug it in")
    (tmp_path / "away").unlink()
    assert outcome_of(Look(away)) == ""


def test_a_look_at_a_driver_that_hangs_comes_back(drawn_recording: Path) -> None:
    settings = Settings(camera=f"mock:{drawn_recording}", mock_faults=("stall 0",), stall_seconds=0.5)
    assert "gave no frame for 0.5 seconds" in outcome_of(Look(settings))


def test_a_look_that_is_killed_says_so(drawn_recording: Path) -> None:
    look = Look(Settings(camera=f"mock:{drawn_recording}", mock_faults=("stall 0",), stall_seconds=60))
    look._process.send_signal(signal.SIGSEGV)
    assert outcome_of(look) == "the camera's driver crashes (signal 11)"
