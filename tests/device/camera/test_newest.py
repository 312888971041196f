"""Newest frame wins, and stalls are noticed."""

import re
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from device.camera import newest
from device.camera.driver import Picture
from device.camera.make import make_camera
from device.camera.mock import MockCamera
from device.camera.newest import Newest
from device.camera.pace import Pace
from device.errors import HardwareError
from device.settings.settings import Settings
from tests.conftest import error_lines, run_command
from tests.scenes import config, film, settings

pytestmark = pytest.mark.once


class Ticking:
    """A driver of 100 pictures a second that counts."""

    name, given, frames_per_second = "ticking", "", 100.0
    grabbed = retrieved = 0

    def open(self) -> None: ...
    def close(self) -> None: ...

    def grab(self) -> float:
        time.sleep(0.01)
        self.grabbed += 1
        return time.monotonic()

    def retrieve(self) -> Picture:
        self.retrieved += 1
        return Picture(np.full((2, 2), self.grabbed % 256, np.uint8), np.zeros((2, 2, 3), np.uint8))


def test_the_newest_frame_wins_on_a_live_camera(tmp_path: Path) -> None:
    """A reader at a fifth of the rate: a queue would be seconds behind at the end."""
    camera = MockCamera(make_camera(settings(str(film(tmp_path / "film.mkv", count=300)))))
    ages = []
    with Newest(camera, 5.0) as source:
        for frame in source:
            ages.append(time.monotonic() - camera._clock.started - frame.time)
            assert frame.index == len(ages) - 1
            time.sleep(0.05)
    assert source.dropped > len(ages)
    assert np.median(ages) < 0.5
    assert len(ages) + source.dropped <= 300


def test_the_closing_line_tells_how_many_frames_were_left_out(tmp_path: Path) -> None:
    recording = tmp_path / "fast.mkv"
    writer = cv2.VideoWriter(str(recording), cv2.VideoWriter.fourcc(*"MJPG"), 1000, (960, 720))
    for shade in range(80):
        writer.write(np.full((720, 960, 3), shade, np.uint8))
    writer.release()
    slow = ("--display", tmp_path / "o.mp4")
    lines = run_command("device", "run", "--camera", f"mock:{recording}", *slow).stdout.splitlines()
    left_out = re.search(r"frames a second, all in all; (\d+) were left out because newer ones had come$", lines[-1])
    assert left_out, lines
    assert int(left_out[1]) + int(lines[-2].split()[0]) == 80
    every = run_command("device", "run", "--camera", recording, *slow).stdout.splitlines()
    assert every[-1].endswith("all in all")


def test_a_frame_is_at_most_one_picture_old_and_the_others_are_not_decoded() -> None:
    driver = Ticking()
    behind = []
    with Newest(driver, 5.0) as source:
        for frame in source:
            behind.append(driver.grabbed - frame.grey[0, 0])
            if len(behind) == 6:
                break
            time.sleep(0.2)
    assert np.median(behind) <= 1
    assert 6 <= driver.retrieved < driver.grabbed / 2


@pytest.mark.parametrize("stall_seconds", [5.0, 0.15])
def test_what_the_pace_leaves_out_is_not_decoded_and_is_no_stall(stall_seconds: float) -> None:
    pace = Pace(Settings(idle_seconds=1.0, idle_rate=5.0))
    driver = Ticking()
    times = []
    with Newest(driver, stall_seconds, pace.wants) as source:
        for frame in source:
            pace.learn(frame.time, 0, None)
            if frame.time < 1.2:
                before = (driver.grabbed, driver.retrieved, source.dropped)
                continue
            times.append(frame.time)
            if frame.time > 3.2:
                break
    grabbed, retrieved, dropped = np.subtract((driver.grabbed, driver.retrieved, source.dropped), before)
    assert len(times) == pytest.approx(11, abs=2)
    # On a busy machine the reader may be too late for a picture: that one is decoded, and counted as dropped.
    assert retrieved <= len(times) + dropped + 1
    assert grabbed > 4 * retrieved
    assert dropped < grabbed / 4  # what the pace leaves out is not counted


def test_a_camera_that_stalls_while_its_pictures_are_left_out_is_noticed() -> None:
    hanging = threading.Event()

    class Stalling(Ticking):
        def grab(self) -> float:
            if self.grabbed >= 30:
                hanging.wait(60)
            return super().grab()

    began = time.monotonic()
    source = Newest(Stalling(), 0.5, lambda time: time == 0)
    with pytest.raises(HardwareError, match=r"gave no frame for 0\.5 seconds"), source:
        list(source)
    hanging.set()
    while source.hangs:
        time.sleep(0.01)
    assert 0.7 < time.monotonic() - began < 20


def test_time_goes_on_where_the_drivers_clock_is_set_back() -> None:
    class Jumping(Ticking):
        frames_per_second = 10.0

        def __init__(self) -> None:
            self.stamps = iter([10.0, 10.1, 10.2, 3.0, 3.1, 3.2])

        def grab(self) -> float:
            time.sleep(0.1)
            for stamp in self.stamps:
                return stamp
            raise EOFError

    with Newest(Jumping(), 5.0) as source:
        times = [frame.time for frame in source]
    assert times == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5])


def test_every_frame_counts_on_a_recording(tmp_path: Path) -> None:
    with make_camera(settings(str(film(tmp_path / "film.mkv", count=20)), pace="realtime")) as source:
        count = 0
        for _ in source:
            time.sleep(0.02)
            count += 1
    assert count == 20


def test_broken_pictures_cost_only_themselves(tmp_path: Path) -> None:
    camera = MockCamera(make_camera(settings(str(film(tmp_path / "film.mkv", count=100)))), ("break 0.25",))
    with Newest(camera, 5.0) as source:
        frames = list(source)
    assert source.broken > 0
    assert len(frames) + source.broken + source.dropped == 100
    assert f"{source.broken} pictures could not be decoded" in source.lost()


@pytest.mark.parametrize("command", ["run", "record"])
def test_a_camera_that_stalls_ends_the_process_with_1(tmp_path: Path, command: str) -> None:
    """Although its driver does not return."""
    stalls = config(tmp_path, 'stall_seconds = 0.3\nmock_faults = ["stall 0.2"]')
    out = ["--out", tmp_path / "out"] if command == "record" else []
    camera = f"mock:{film(tmp_path / 'film.mkv', count=200)}"
    result = run_command("device", command, "--camera", camera, "--config", stalls, *out)
    assert (result.returncode, error_lines(result)) == (
        1,
        ["error: camera mock gave no frame for 0.3 seconds (is its cable firm?)"],
    )
    assert "Traceback" not in result.stderr


def test_a_camera_that_only_gives_broken_pictures_stalls_too(tmp_path: Path) -> None:
    camera = MockCamera(make_camera(settings(str(film(tmp_path / "film.mkv", count=300)))), ("break 1",))
    with Newest(camera, stall_seconds=0.2) as source, pytest.raises(HardwareError, match=r"\d+ were broken"):
        next(iter(source))


def test_a_camera_that_is_unplugged_is_one_line_and_exit_1(tmp_path: Path) -> None:
    unplugged = config(tmp_path, 'mock_faults = ["unplug 0.2"]')
    camera = f"mock:{film(tmp_path / 'film.mkv', count=100)}"
    result = run_command("device", "run", "--camera", camera, "--config", unplugged)
    assert (result.returncode, len(error_lines(result))) == (1, 1)
    assert "was it unplugged" in result.stderr


def test_a_camera_that_does_not_open_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Hanging:
        name, given, frames_per_second = "hanging", "", 30.0

        def open(self) -> None:
            threading.Event().wait(2)

        def grab(self) -> float:
            raise EOFError

        def retrieve(self) -> None: ...
        def close(self) -> None: ...

    monkeypatch.setattr(newest, "OPENING_SECONDS", 0.1)
    with pytest.raises(HardwareError, match="hanging did not open in"):
        Newest(Hanging(), stall_seconds=0.1).__enter__()
