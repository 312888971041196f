"""A camera that is away, as systemd and the screen see it, and what is said when the service has stopped for good."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from device.camera import waiting
from device.camera.attempt import Look
from device.errors import HardwareError
from device.screen.notice import wrap, write
from device.service import fault
from device.service.notify import Notifier
from device.settings.settings import Settings
from tests.conftest import ROOT
from tests.device.kiosk import Kiosk
from tests.manager import Manager
from tests.xvfb import Xvfb

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="systemd is Linux's")
TITLE = (66, 228, 240)


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    with Manager(tmp_path) as listening:
        yield listening


@pytest.fixture
def xvfb(tmp_path: Path) -> Iterator[Xvfb]:
    pytest.importorskip("pygame", reason="pygame-ce is not installed")
    if not shutil.which("Xvfb"):
        pytest.skip("no Xvfb here: apt install xvfb")
    (tmp_path / "xvfb").mkdir()
    with Xvfb(tmp_path / "xvfb") as server:
        yield server


@pytest.fixture
def away(tmp_path: Path, drawn_recording: Path) -> Settings:
    """A camera that is away while `tmp_path`/away exists, which it does."""
    (tmp_path / "away").touch()
    return Settings(camera=f"mock:{drawn_recording}", mock_faults=(f"away {tmp_path / 'away'}",), retry_seconds=1)


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


def test_a_camera_that_comes_back_ends_the_wait(
    manager: Manager, away: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(waiting, "LEAST_LIFE_SECONDS", 0.0)
    notifier, polls = Notifier(manager.name, 2.0), 0

    def stopped() -> bool:
        nonlocal polls
        polls += 1
        manager.listen()
        if polls == 20:
            (tmp_path / "away").unlink()
        return False

    news = waiting.wait_for_camera(HardwareError("no camera mock: plug it in"), away, notifier, stopped)
    assert news.endswith("seconds: the camera gives frames")
    statuses = {said["STATUS"] for said in manager.listen() if "STATUS" in said}
    assert all(status.startswith("waiting: no camera mock: plug it in") for status in statuses)
    assert sum("WATCHDOG" in said for said in manager.heard) >= 3
    assert capsys.readouterr().err == "error: no camera mock: plug it in; waiting\n"


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
    prelude = "from device import patience\npatience.LEAST_LIFE_SECONDS = 0"
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


def test_words_fit_the_screen() -> None:
    path = "/dev/v4l/by-id/usb-" + "x" * 200
    lines = wrap(f"no camera {path}: plug one in; cameras that are there: \u2026 none", 1120)
    assert "".join(lines).replace(" ", "") == f"nocamera{path}:plugonein;camerasthatarethere:?none"
    assert all(cv2.getTextSize(line, cv2.FONT_HERSHEY_DUPLEX, 1.1, 2)[0][0] <= 1120 for line in lines)
    picture = write("Waiting", path)
    assert picture[:, :60].max() == picture[:, -60:].max() == 0 < picture.max()


@pytest.mark.parametrize(
    ("monitor", "last_words", "said"),
    [
        (("exit-code", "exited", "2"), "ended: config.toml: line 3", "The kiosk has stopped: config.toml: line 3"),
        (("exit-code", "exited", "2"), "", "its settings, model or program cannot be used"),
        (("exit-code", "exited", "1"), "ended: KeyError: 3", "ended again and again (exit status 1: KeyError: 3)"),
        (("exit-code", "exited", "1"), "reading: 3 faces", "ended again and again (exit status 1)"),
        (("signal", "killed", "SEGV"), "reading: 3 faces", "it crashed again and again (signal SEGV)"),
        (("core-dump", "dumped", "ABRT"), "", "it crashed again and again (signal ABRT)"),
        (("watchdog", "killed", "ABRT"), "reading: no faces", "it froze again and again: no frame was finished"),
        (("oom-kill", "killed", "KILL"), "", "it took more memory than it may have"),
    ],
)
def test_why_it_has_stopped_in_a_sentence(monitor: tuple[str, str, str], last_words: str, said: str) -> None:
    names = ("MONITOR_SERVICE_RESULT", "MONITOR_EXIT_CODE", "MONITOR_EXIT_STATUS")
    assert fault.explain(dict(zip(names, monitor, strict=True)), last_words).endswith(said)


def test_the_fault_is_told_and_shown_until_the_kiosk_starts_again(manager: Manager, tmp_path: Path, xvfb: Xvfb) -> None:
    (tmp_path / "config.toml").write_text('display = "window"\n')
    told = {"NOTIFY_SOCKET": manager.name, "MONITOR_SERVICE_RESULT": "watchdog"} | xvfb.environment
    command = [sys.executable, "-m", "device.service.fault", "--config", str(tmp_path / "config.toml")]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | told, text=True, stderr=subprocess.PIPE)
    said = manager.listen_until(lambda said: "READY" in said)
    assert said["STATUS"] == "The kiosk has stopped: it froze again and again: no frame was finished"
    until = time.monotonic() + 30
    while not (xvfb.screenshot() == TITLE).all(axis=2).any():
        assert time.monotonic() < until
        time.sleep(0.2)
    process.terminate()
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "sudo systemctl start emotion-kiosk.service" in errors
