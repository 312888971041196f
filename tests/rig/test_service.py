"""The service on a systemd that is really booted, in Debian containers: `script/test --rig tests/rig/test_service.py`.

Each Debian is built once (one to two minutes, 600 MB). EMOTION_AWAY_SECONDS says how long a camera is away (600 for
the whole ten minutes). Figures that are measured are printed (pytest -s).
"""

import hashlib
import json
import os
import signal
import time
from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from tests.conftest import ROOT
from tests.rig.booted import FAULT, UNIT
from tests.rig.installation import PYTHON
from tests.rig.kiosk import Kiosk

pytestmark = [pytest.mark.rig, pytest.mark.timeout(1200)]

AWAY_SECONDS = float(os.environ.get("EMOTION_AWAY_SECONDS", 20))
WATCHDOG_SECONDS = 10.0
DIGEST = hashlib.sha256((ROOT / "device/models/default/emotion.tflite").read_bytes()).hexdigest()
AWAY = "srv/away"  # while it exists, the camera does not
CAMERA = f'camera = "mock:/srv/faces.mp4"\nloop = true\nretry_seconds = 2\nmock_faults = ["away /{AWAY}"]\n'
PROBE = """
import json, os, resource, socket
from pathlib import Path
def can(action):
    try:
        action()
        return True
    except OSError:
        return False
said = {
    "camera": can(lambda: os.close(os.open("/dev/video9", os.O_RDWR))),
    "processor": "processor" in Path("/proc/cpuinfo").read_text(),
    "temperature": can(lambda: os.listdir("/sys/class")),
    "memory of a screen": can(lambda: os.close(os.memfd_create("frame"))),
    "less urgent": can(lambda: os.nice(5)),
    "events": can(lambda: Path("/var/log/emotion-kiosk/events.jsonl").write_text("")),
    "device without permission": can(lambda: os.close(os.open("/dev/forbidden", os.O_RDWR))),
    "network": can(lambda: socket.socket(socket.AF_INET)),
    "interfaces": [name for _, name in socket.if_nameindex()] != ["lo"],
    "program": can(lambda: Path("/opt/emotion-kiosk/x").write_text("")),
    "settings": can(lambda: Path("/etc/emotion-kiosk/x").write_text("")),
    "releases": can(lambda: Path("/var/lib/x").write_text("")),
    "home": can(lambda: os.listdir("/root")),
    "be somebody else": can(lambda: os.setuid(0)),
    "core dump": resource.getrlimit(resource.RLIMIT_CORE) != (0, 0),
    "be urgent": can(lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))),
}
print(json.dumps(said), flush=True)
"""


@pytest.fixture(scope="module", params=["bookworm", "trixie"])
def booted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kiosk]:
    folder = tmp_path_factory.mktemp(request.param) / "container"
    with Kiosk(request.param, folder, "--private-network") as kiosk:
        kiosk.install(CAMERA)
        kiosk.boot()
        yield kiosk


@pytest.fixture
def kiosk(booted: Kiosk) -> Iterator[Kiosk]:
    """With nothing running, and the camera there."""
    yield booted
    booted.run("systemctl", "stop", UNIT, FAULT)
    booted.run("systemctl", "reset-failed")
    booted.run("journalctl", "--rotate", "--vacuum-time=1ms")
    (booted.root / AWAY).unlink(missing_ok=True)


def start(kiosk: Kiosk, settings: str) -> None:
    kiosk.set(settings)
    kiosk.run("systemctl", "start", UNIT)


def main_pid(kiosk: Kiosk) -> int:
    return int(kiosk.shows("MainPID"))


def is_reading(kiosk: Kiosk) -> bool:
    return kiosk.shows("ActiveState") == "active" and kiosk.shows("StatusText").startswith("reading: ")


def ready_at(kiosk: Kiosk) -> float:
    """When READY last came, monotonic seconds."""
    return int(kiosk.shows("ActiveEnterTimestampMonotonic")) / 1e6


def say(kiosk: Kiosk, what: str, seconds: float, most: float | None = None) -> None:
    """Print a figure, and hold it against the most it may be: on a machine that has a core for it, or as much more as
    others want the cores."""
    busy = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    print(f"\n{kiosk.release}: {what}: {seconds:.2f} s" + (f" (cores wanted {busy:.1f} times)" if busy > 1 else ""))
    assert most is None or seconds < most * busy


def test_it_starts_reads_and_says_so(kiosk: Kiosk) -> None:
    started = time.monotonic()
    start(kiosk, CAMERA)
    say(kiosk, "start to READY", ready_at(kiosk) - started)
    assert is_reading(kiosk)
    time.sleep(6)
    assert f"frames a second, 1 face, model default {DIGEST[:8]}" in kiosk.shows("StatusText")
    lines = kiosk.journal().splitlines()
    assert any(line.startswith("camera mock: faces.mp4") for line in lines)
    assert len(lines) < 8, lines  # of more than a hundred frames, none has a line


@pytest.mark.parametrize("unit", [UNIT, FAULT])
def test_systemd_finds_no_fault_with_the_unit(kiosk: Kiosk, unit: str) -> None:
    result = kiosk.run("systemd-analyze", "verify", unit)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    result = kiosk.run("systemd-analyze", "security", "--no-pager", "--threshold=10", unit)
    assert result.returncode == 0, result.stdout[-200:]


def test_what_it_may_and_what_not(kiosk: Kiosk) -> None:
    for device, owner, mode in (("video9", "root:video", 660), ("forbidden", "root:root", 600)):
        # Numbers of /dev/null: a container may make no others.
        kiosk.run("mknod", "-m", mode, f"/dev/{device}", "c", 1, 3).check_returncode()
        kiosk.run("chown", owner, f"/dev/{device}")
    (kiosk.root / "srv/probe.py").write_text(PROBE)
    drop_in = kiosk.root / "etc/systemd/system/emotion-kiosk.service.d/probe.conf"
    try:
        drop_in.write_text(f"[Service]\nType=exec\nExecStart=\nExecStart={PYTHON} /srv/probe.py\n")
        kiosk.run("systemctl", "daemon-reload")
        kiosk.run("systemctl", "start", UNIT)
        kiosk.wait_until(lambda: kiosk.shows("ActiveState") == "inactive", 10)
        said = json.loads(next(line for line in kiosk.journal().splitlines() if line.startswith("{")))
    finally:
        drop_in.unlink()
        kiosk.run("systemctl", "daemon-reload")
    able = {what for what, can in said.items() if can}
    assert able == {"camera", "processor", "temperature", "memory of a screen", "less urgent", "events"}


def test_killed_it_is_back_in_three_seconds(kiosk: Kiosk) -> None:
    start(kiosk, CAMERA)
    killed, pid = time.monotonic(), main_pid(kiosk)
    kiosk.run("kill", "-9", pid)
    kiosk.wait_until(lambda: main_pid(kiosk) not in (0, pid) and is_reading(kiosk), 10)
    say(kiosk, "kill -9 to READY", ready_at(kiosk) - killed, 3)
    assert not kiosk.journal(FAULT), "a crash is no fault yet"


def test_a_loop_that_freezes_is_started_anew_and_the_journal_says_where_it_was(kiosk: Kiosk) -> None:
    start(kiosk, CAMERA)
    frozen, pid = time.monotonic(), main_pid(kiosk)
    kiosk.run("kill", "-STOP", pid)
    kiosk.wait_until(lambda: main_pid(kiosk) not in (0, pid) and is_reading(kiosk), 30)
    say(kiosk, "SIGSTOP to READY", ready_at(kiosk) - frozen, WATCHDOG_SECONDS + 3)
    assert "Fatal Python error: Aborted" in kiosk.journal()


def test_a_restart_of_a_frozen_kiosk_is_no_fault(kiosk: Kiosk) -> None:
    """It has to be killed, which systemd calls a failure; what shows faults must not get in the way of the start."""
    start(kiosk, CAMERA)
    pid = main_pid(kiosk)
    kiosk.run("kill", "-STOP", pid)
    kiosk.run("systemctl", "restart", "--no-block", UNIT)
    kiosk.run("systemctl", "kill", "-s", "KILL", UNIT)
    kiosk.wait_until(lambda: main_pid(kiosk) not in (0, pid) and is_reading(kiosk), 30)
    assert kiosk.shows("ActiveState", FAULT) == "inactive"


def test_a_camera_that_stops_giving_frames_is_opened_anew(kiosk: Kiosk) -> None:
    start(kiosk, CAMERA.replace("mock_faults = [", 'mock_faults = ["stall 30", '))
    first = ready_at(kiosk)
    kiosk.wait_until(lambda: ready_at(kiosk) > first and is_reading(kiosk), 60)
    stalled = ready_at(kiosk) - (first + 30)
    say(kiosk, "last frame before a stall to READY", stalled, WATCHDOG_SECONDS + 3)
    assert "gave no frame for 5 seconds" in kiosk.journal()


@pytest.mark.parametrize("away", [False, True], ids=["reading", "waiting for its camera"])
def test_asked_to_stop_it_does_at_once(kiosk: Kiosk, away: bool) -> None:
    if away:
        (kiosk.root / AWAY).touch()
    start(kiosk, CAMERA)
    asked = time.monotonic()
    kiosk.run("systemctl", "stop", UNIT)
    say(kiosk, f"SIGTERM {'while the camera is away ' if away else ''}to its end", time.monotonic() - asked, 1)
    assert (kiosk.shows("Result"), kiosk.shows("ExecMainStatus")) == ("success", "0")


def test_a_recording_that_ends_is_no_failure(kiosk: Kiosk) -> None:
    start(kiosk, 'camera = "/srv/faces.mp4"\n')
    kiosk.wait_until(lambda: kiosk.shows("ActiveState") == "inactive", 30)
    assert (kiosk.shows("Result"), kiosk.shows("NRestarts")) == ("success", "0")


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ('camera = "mock:/srv/faces.mp4"\nidle_rat = 5\n', "idle_rat"),
        ('camera = "mock:/srv/faces.mp4"\nmodel = "/srv/nothing"\n', "no such model"),
        (None, "cannot be read"),
    ],
    ids=["setting", "model", "no settings"],
)
def test_what_cannot_work_is_not_tried_again(kiosk: Kiosk, settings: str | None, reason: str) -> None:
    kiosk.set(settings)
    kiosk.run("systemctl", "start", UNIT)
    kiosk.wait_until(lambda: kiosk.shows("ActiveState", FAULT) == "active", 10)
    time.sleep(2)
    assert (kiosk.shows("ActiveState"), kiosk.shows("NRestarts")) == ("failed", "0")
    assert (kiosk.shows("Result"), kiosk.shows("ExecMainStatus")) == ("exit-code", "2")
    assert reason in kiosk.shows("StatusText")
    assert reason in kiosk.shows("StatusText", FAULT)
    assert f"systemctl start {UNIT}" in kiosk.journal(FAULT)


def fail_five_times(kiosk: Kiosk, how: signal.Signals, most: float) -> float:
    """Returns how long it took."""
    start(kiosk, CAMERA)
    began, pid = time.monotonic(), 0
    for _ in range(5):
        kiosk.wait_until(lambda last=pid: main_pid(kiosk) not in (0, last) and is_reading(kiosk), most)
        pid = main_pid(kiosk)
        kiosk.run("kill", f"-{how.name}", pid)
    kiosk.wait_until(lambda: kiosk.shows("ActiveState", FAULT) == "active", most)
    return time.monotonic() - began


@pytest.mark.parametrize(
    ("how", "most", "reason"),
    [
        (signal.SIGSEGV, 30.0, "The kiosk has stopped: it crashed again and again (signal SEGV)"),
        (signal.SIGSTOP, 30.0, "The kiosk has stopped: it froze again and again: no frame was finished"),
    ],
    ids=["crash", "freeze"],
)
def test_five_crashes_end_in_a_fault_that_says_why(kiosk: Kiosk, how: signal.Signals, most: float, reason: str) -> None:
    say(kiosk, f"five times {how.name} to the fault", fail_five_times(kiosk, how, most))
    assert (kiosk.shows("ActiveState"), kiosk.shows("NRestarts")) == ("failed", "5")
    assert kiosk.shows("StatusText", FAULT) == reason
    assert reason in kiosk.journal(FAULT)
    time.sleep(2)
    assert kiosk.shows("ActiveState") == "failed"
    kiosk.run("systemctl", "reset-failed", UNIT)  # the cure that it names
    kiosk.run("systemctl", "start", UNIT)
    assert is_reading(kiosk)
    assert kiosk.shows("ActiveState", FAULT) == "inactive"


@pytest.mark.parametrize("when", ["at the start", "while it reads"])
def test_a_camera_that_is_away_is_waited_for(kiosk: Kiosk, when: str) -> None:
    if when == "at the start":
        (kiosk.root / AWAY).touch()
    settings = CAMERA if AWAY_SECONDS < 60 else CAMERA.replace("retry_seconds = 2\n", "")
    start(kiosk, settings)
    (kiosk.root / AWAY).touch()
    waits = "waiting: no camera mock"
    kiosk.wait_until(lambda: kiosk.shows("StatusText").startswith(waits), 10)
    until = time.monotonic() + AWAY_SECONDS
    while time.monotonic() < until:
        assert kiosk.shows("ActiveState") == "active"
        assert kiosk.shows("StatusText").startswith(waits)
        time.sleep(1)
    assert len(kiosk.journal().splitlines()) < 12
    assert kiosk.shows("NRestarts") == "0"
    (kiosk.root / AWAY).unlink()
    back = kiosk.wait_until(lambda: is_reading(kiosk), 75)
    say(kiosk, f"camera back after {AWAY_SECONDS:.0f} s to READY", back)
    assert kiosk.shows("NRestarts") == "1"


def test_a_camera_that_stalls_for_ever_is_tried_for_ever(kiosk: Kiosk) -> None:
    """Six starts in their turn; a crash limit that counted them would be reached at the sixth."""
    start(
        kiosk,
        CAMERA.replace("mock_faults = [", 'mock_faults = ["stall 1", ').replace("loop", "stall_seconds = 1\nloop"),
    )
    kiosk.wait_until(lambda: int(kiosk.shows("NRestarts")) >= 6, 240)
    assert kiosk.shows("ActiveState") in ("active", "activating")
    assert kiosk.shows("ActiveState", FAULT) == "inactive"


def test_the_lowest_rate_feeds_the_watchdog(kiosk: Kiosk) -> None:
    film = cv2.VideoWriter(str(kiosk.root / "srv/nobody.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10, (640, 480))
    for _ in range(20):
        film.write(np.full((480, 640, 3), 90, np.uint8))
    film.release()
    start(kiosk, 'camera = "mock:/srv/nobody.avi"\nloop = true\nidle_seconds = 1\nidle_rate = 0.5\nhot_rate = 0.5\n')
    time.sleep(2 * WATCHDOG_SECONDS + 5)
    assert "0.5 frames a second" in kiosk.shows("StatusText")
    assert (kiosk.shows("ActiveState"), kiosk.shows("NRestarts")) == ("active", "0")


def test_settings_that_need_more_time_lengthen_the_watchdog(kiosk: Kiosk) -> None:
    start(kiosk, CAMERA + "stall_seconds = 60\n")
    pid = main_pid(kiosk)
    assert kiosk.shows("WatchdogUSec") == "1min 5s"
    kiosk.run("kill", "-STOP", pid)
    time.sleep(WATCHDOG_SECONDS + 5)
    assert main_pid(kiosk) == pid
    kiosk.run("kill", "-CONT", pid)
