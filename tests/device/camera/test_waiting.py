"""A camera that is away, as systemd and the screen see it."""

import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from device.camera import waiting
from device.camera.make import make_camera
from device.camera.opening_hours import OpeningHours
from device.camera.waiting import Waiting
from device.contract import Moment, Pause
from device.drawing.words import write
from device.errors import HardwareError
from device.service.notify import Notifier
from device.settings.settings import Settings
from tests.conftest import ROOT
from tests.device.kiosk import Kiosk
from tests.device.screens import children_running
from tests.device.settings.test_hours import at
from tests.manager import Manager
from tests.xvfb import Xvfb

pytestmark = [pytest.mark.once, pytest.mark.skipif(sys.platform != "linux", reason="systemd is Linux's")]


def test_a_camera_that_comes_back_ends_the_wait(
    manager: Manager, away: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(waiting, "LEAST_LIFE_SECONDS", 0.0)
    notifier = Notifier(manager.name, 2.0)

    def read(camera: Waiting) -> None:
        for count, pause in enumerate(camera):
            assert isinstance(pause, Pause)
            notifier.rest(pause)
            manager.listen()
            if count == 20:
                (tmp_path / "away").unlink()

    news = r"starting afresh after \d+ seconds: the camera gives frames"
    waited = Waiting(make_camera(away), away, time.monotonic(), lambda: False)
    with waited as camera, pytest.raises(HardwareError, match=news):
        read(camera)
    statuses = {said["STATUS"] for said in manager.listen() if "STATUS" in said}
    assert all(status.startswith("waiting: no camera mock: plug it in") for status in statuses)
    assert sum("WATCHDOG" in said for said in manager.heard) >= 3
    said = capsys.readouterr().err
    assert said.startswith("error: no camera mock: plug it in")
    assert said.endswith("; waiting\n")
    assert said.count("\n") == 1


@pytest.mark.parametrize("hour", [7, 12])
def test_a_camera_that_is_away_is_looked_for_in_its_hours_only(
    away: Settings, hour: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outside them it is not opened either, although it may have come back: then no picture is taken."""
    monkeypatch.setattr("device.settings.hours.ASK_SECONDS", 0.0)
    clock, known = [at(0, 12)], children_running("device.camera.attempt")

    def see(moments: Iterator[Moment], count: int) -> tuple[set[str], int]:
        """(kinds of the next moments, processes that looked for the camera at one of them)."""
        kinds, attempts = set(), set[int]()
        for moment in itertools.islice(moments, count):
            assert isinstance(moment, Pause)
            kinds.add(moment.kind)
            attempts |= children_running("device.camera.attempt") - known
        return kinds, len(attempts)

    waited = Waiting(make_camera(away), away, time.monotonic(), lambda: False)
    with OpeningHours(waited, "08:00-18:00", lambda: clock[0]) as camera:
        moments = iter(camera)
        kinds, attempts = see(moments, 10)
        assert (kinds, attempts > 0) == ({"waiting"}, True)
        clock[0] = at(0, hour)
        kinds, attempts = see(moments, 12)
        assert (kinds, attempts > 0) == (({"closed"}, False) if hour == 7 else ({"waiting"}, True))
        clock[0] = at(0, 12)
        kinds, attempts = see(moments, 10)
        assert (kinds, attempts > 0) == ({"waiting"}, True)
    assert not children_running("device.camera.attempt") - known


@pytest.mark.parametrize("hours", ["hours", "screen_hours"])
def test_the_screen_of_a_kiosk_that_waits_is_black_outside_its_hours(
    manager: Manager, config: Path, xvfb: Xvfb, hours: str
) -> None:
    later = f"{datetime.now() + timedelta(days=2):%a} 00:00-24:00"
    with config.open("a") as file:
        file.write(f'display = "window"\n{hours} = "{later}"\n')
    process = service(manager, config, **xvfb.environment)
    try:
        said = manager.listen_until(lambda said: "READY" in said)
        assert said["STATUS"].startswith("closed until" if hours == "hours" else "waiting: ")
        until = time.monotonic() + 4
        while time.monotonic() < until:
            assert not xvfb.screenshot().any()
            time.sleep(0.2)
        assert children_running("screen_process", process.pid), "it is the screen that is black"
    finally:
        process.terminate()
        process.communicate(timeout=20)


def service(manager: Manager, config: Path, **environment: str) -> subprocess.Popen[str]:
    told = {"NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "4000000"} | environment
    command = [sys.executable, "-m", "device", "run", "--config", str(config)]
    return subprocess.Popen(command, cwd=ROOT, env=os.environ | told, text=True, stderr=subprocess.PIPE)


@pytest.fixture
def config(away: Settings, tmp_path: Path) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(f'camera = "{away.camera}"\nmock_faults = ["{away.mock_faults[0]}"]\n')
    return file


def test_a_signal_ends_the_wait_as_it_ends_a_run(manager: Manager, config: Path) -> None:
    process = service(manager, config)
    said = manager.listen_until(lambda said: "READY" in said)
    assert said["STATUS"].startswith("waiting: no camera mock: plug it in")
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 0
    assert errors.count("\n") == 1


def test_a_reload_during_the_wait_takes_good_settings_with_a_fresh_start_and_leaves_bad_ones(
    manager: Manager, away: Settings, tmp_path: Path
) -> None:
    """SIGHUP's own way would end the process for good: systemd counts it as a clean end."""
    patient = f'mock_faults = ["{away.mock_faults[0]}"]'
    prelude = "from device.camera import waiting\nwaiting.LEAST_LIFE_SECONDS = 0"
    with Kiosk(tmp_path, patient, prelude=prelude, NOTIFY_SOCKET=manager.name, WATCHDOG_USEC="4000000") as kiosk:
        manager.listen_until(lambda said: "READY" in said)
        assert kiosk.reload(signal.SIGHUP, patient) == "the settings were read again: nothing changed"
        said = kiosk.reload(signal.SIGHUP, patient, "rotation = 45")
        assert said.startswith("the settings stay as they were: ")
        said = kiosk.reload(signal.SIGHUP, patient, 'model = "gone"')
        assert said.startswith("the settings stay as they were: ")
        manager.listen_until(lambda said: said.get("STATUS", "").startswith("waiting: no camera mock: plug it in"))
        kiosk.write("width = 320")
        kiosk.process.send_signal(signal.SIGHUP)
        assert kiosk.process.wait(20) == 1
        assert kiosk.said()[-1].startswith("error: starting afresh after ")
        assert kiosk.said()[-1].endswith(": the settings have changed")


@pytest.mark.parametrize(("folder", "status"), [("/no/such", 2), ("/proc", 1)])
def test_events_that_cannot_be_written_are_not_a_camera_that_is_away(
    manager: Manager, config: Path, tmp_path: Path, folder: str, status: int
) -> None:
    """A misspelt folder is not tried again; a disk that refuses is, until systemd's limit for crashes is reached."""
    (tmp_path / "away").unlink()
    with config.open("a") as file:
        file.write(f'events = "{folder}/events.jsonl"\n')
    process = service(manager, config)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == status
    assert errors.count("\n") == 1
    assert errors.startswith(f"error: {folder}/events.jsonl: cannot be written")
    assert not any("READY" in said for said in manager.listen())


def test_the_screen_says_what_is_waited_for(manager: Manager, config: Path, xvfb: Xvfb) -> None:
    with config.open("a") as file:
        file.write('display = "window"\n')
    process = service(manager, config, **xvfb.environment)
    try:
        until = time.monotonic() + 30
        wanted = cv2.cvtColor(write("Waiting", ""), cv2.COLOR_BGR2GRAY)[:200]
        while time.monotonic() < until:
            shown = cv2.cvtColor(np.ascontiguousarray(xvfb.screenshot()), cv2.COLOR_BGR2GRAY)[:200]
            if np.abs(shown.astype(int) - wanted).mean() < 1:
                break
            time.sleep(0.2)
        assert np.abs(shown.astype(int) - wanted).mean() < 1 < wanted.mean()
    finally:
        process.terminate()
        process.communicate(timeout=20)
