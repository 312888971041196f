"""What systemd hears of the kiosk, over real sockets."""

import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from device.camera.pace import Pace
from device.contract import Pause
from device.errors import KioskError
from device.kiosk import frame_seconds
from device.reading.tally import Tally
from device.service.notify import Notifier
from device.settings.settings import Settings
from tests.conftest import ROOT, run_command
from tests.device.screens import FACE, colour_bars, frame_of, reading_of
from tests.manager import Manager

pytestmark = [pytest.mark.once, pytest.mark.skipif(sys.platform != "linux", reason="systemd is Linux's")]


FRAME = frame_of(colour_bars())


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def kiosk(manager: Manager, *words: object, watchdog_seconds: float = 4, prelude: str = "") -> subprocess.Popen[str]:
    """`device run` as systemd starts it, after some Python of ours."""
    told = {"NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": str(round(watchdog_seconds * 1e6))}
    program = f"{prelude}\nimport sys\nfrom device.__main__ import main\nsys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", program, "run", *map(str, words)]
    environment = os.environ | told | {"PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


@pytest.mark.parametrize("abstract", [False, True])
def test_ready_alive_status_and_stopping_of_a_real_run(tmp_path: Path, drawn_recording: Path, abstract: bool) -> None:
    with Manager(tmp_path, abstract) as manager:
        often = "from device.service import notify\nnotify.STATUS_SECONDS = 1.0"
        process = kiosk(manager, "--camera", f"mock:{drawn_recording}", "--loop", prelude=often)
        first = manager.listen_until(lambda said: "READY" in said)
        assert (first["READY"], first["WATCHDOG"]) == ("1", "1")
        assert first["STATUS"].startswith("reading: ")
        manager.listen_until(lambda said: "WATCHDOG" in said)
        manager.listen_until(lambda said: re.match(r"reading: [\d.]+ frames a second, 1 face,", said.get("STATUS", "")))
        process.send_signal(signal.SIGTERM)
        out, errors = process.communicate(timeout=30)
        last = manager.listen()[-1]
    assert (process.returncode, errors) == (0, "")
    assert last["STOPPING"] == "1"
    assert "model default " in first["STATUS"]
    assert len(out.splitlines()) == 2, "what is read is no matter of the journal"
    assert sum("READY" in said for said in manager.heard) == 1


def test_a_camera_that_stalls_feeds_nothing(manager: Manager, tmp_path: Path, drawn_recording: Path) -> None:
    """Not until the stall is noticed, and the wait has begun."""
    config = tmp_path / "config.toml"
    config.write_text('stall_seconds = 3\nmock_faults = ["stall 1"]\n')
    process = kiosk(manager, "--camera", f"mock:{drawn_recording}", "--config", config, watchdog_seconds=20)
    try:
        manager.listen_until(lambda said: said.get("STATUS", "").startswith("waiting: "))
    finally:
        process.kill()
        process.communicate()
    feeds = [said for said in manager.heard if "WATCHDOG" in said]
    # Every 1.25 seconds while there are frames: at the start, perhaps once more, and then for the wait.
    assert 2 <= len(feeds) <= 3, feeds
    assert "gave no frame for 3 seconds" in feeds[-1]["STATUS"]


def test_not_every_frame_is_told(manager: Manager) -> None:
    clock = Clock()
    notifier, tally, two = Notifier(manager.name, 10.0, clock), Tally(clock), reading_of(FACE, FACE)
    notifier.introduce("", tally)
    for frame in range(30 * 60 + 1):
        clock.now = 100 + frame / 30
        tally.show(FRAME, two)
        notifier.show(FRAME, two)
        heard = manager.listen()
    feeds = [said for said in heard if "WATCHDOG" in said]
    statuses = [said["STATUS"] for said in heard if "STATUS" in said]
    assert 45 <= len(feeds) <= 60
    assert len(heard) <= 61
    assert len(statuses) == 13
    assert statuses[0].startswith("reading: 2 faces")
    assert all(status.startswith("reading: 30.0 frames a second, 2 faces") for status in statuses[1:])


def test_a_pause_that_is_meant_feeds_too_and_says_why(manager: Manager) -> None:
    clock = Clock()
    notifier = Notifier(manager.name, 10.0, clock)
    notifier.rest(Pause("closed", "closed until 8:00"))
    (said,) = manager.listen()
    assert said == {"READY": "1", "WATCHDOG": "1", "STATUS": "closed until 8:00"}
    for _ in range(100):
        clock.now += 0.5
        notifier.rest(Pause("closed", "closed until 8:00"))
        manager.listen()
    assert 15 <= sum("WATCHDOG" in said for said in manager.listen()) <= 45
    clock.now += 0.1
    notifier.show(FRAME, reading_of())
    assert manager.listen()[-1]["STATUS"].startswith("reading: no faces")
    clock.now += 0.1
    notifier.rest(Pause("closed", "closed\nuntil 9:00"))
    assert manager.listen()[-1]["STATUS"] == "closed until 9:00"


def test_the_lowest_rates_that_can_be_set_feed_in_time(manager: Manager) -> None:
    """Frames of a camera whose every frame the pace weighs; the unit's watchdog is the least it can be."""
    for settings in (Settings(idle_rate=0.5, hot_rate=0.5), Settings(rate=0.1, stall_seconds=20), Settings(rate=0.3)):
        clock, last = Clock(), 100.0
        notifier = Notifier(manager.name, 10.0, clock)
        notifier.allow(frame_seconds(settings))
        pace = Pace(replace(settings, idle_seconds=1.0))
        gaps = []
        for frame in range(round(200 * settings.rate)):
            clock.now = 100 + frame / settings.rate
            if pace.wants(clock.now):
                notifier.show(FRAME, reading_of())
                pace.learn(clock.now, 0, None)
            if any("WATCHDOG" in said for said in manager.listen()[:]):
                gaps.append(clock.now - last)
                last = clock.now
            lengthened = [float(said["WATCHDOG_USEC"]) / 1e6 for said in manager.heard if "WATCHDOG_USEC" in said]
            allowed = max([10.0, *lengthened])
            manager.heard.clear()
            assert not gaps or max(gaps) < max(allowed, frame_seconds(settings)), settings
        assert len(gaps) > 5


def test_settings_lengthen_systemds_patience_and_never_shorten_it(manager: Manager) -> None:
    notifier = Notifier(manager.name, 10.0)
    notifier.allow(frame_seconds(Settings(camera="mock:x", stall_seconds=60)))
    notifier.show(FRAME, reading_of())
    extended, first = manager.listen()
    assert extended == {"EXTEND_TIMEOUT_USEC": "125000000"}
    assert first["WATCHDOG_USEC"] == "65000000"
    for settings in (Settings(camera="mock:x"), Settings(camera="film.mp4", stall_seconds=60)):
        notifier = Notifier(manager.name, 10.0)
        notifier.allow(frame_seconds(settings))
        notifier.show(FRAME, reading_of())
        assert "WATCHDOG_USEC" not in manager.listen()[-1]


def test_a_manager_that_does_not_listen_holds_nothing_up(manager: Manager) -> None:
    """Its queue fills, and then nothing more is taken: READY is told once there is room again."""
    clock = Clock()
    talker = Notifier(manager.name, 1.0, clock)
    for _ in range(2000):
        clock.now += 1
        talker.show(FRAME, reading_of())
    late = Notifier(manager.name, 1.0, clock)
    late.show(FRAME, reading_of())
    manager.listen()
    manager.heard.clear()
    late.show(FRAME, reading_of())
    assert manager.listen()[0]["READY"] == "1"


def test_silent_without_systemd() -> None:
    notifier = Notifier.from_environment({})
    assert not notifier.listening
    notifier.allow(100)
    notifier.show(FRAME, reading_of(FACE))
    notifier.rest(Pause("closed", "closed"))
    notifier.__exit__(None, None, None)
    notifier.ended("why")


def test_a_socket_that_is_gone_costs_nothing(tmp_path: Path) -> None:
    notifier = Notifier(str(tmp_path / "nobody"), 10.0)
    notifier.show(FRAME, reading_of(FACE))
    notifier.__exit__(None, None, None)


def test_no_child_speaks_for_the_kiosk(manager: Manager) -> None:
    environment = {"NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1", "HOME": "/root"}
    notifier = Notifier.from_environment(environment)
    assert environment == {"HOME": "/root"}
    notifier.allow(100.0)
    notifier.show(FRAME, reading_of())
    assert not [said for said in manager.listen() if "WATCHDOG_USEC" in said], "the watchdog is another process's"


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--camera", "nothing.mp4"], 2, "ended: nothing.mp4: no such camera or file"),
        (["--config", "/nowhere.toml"], 2, "ended: /nowhere.toml: cannot be read"),
    ],
)
def test_the_last_words_say_why(manager: Manager, words: list[str], status: int, said: str) -> None:
    process = kiosk(manager, *words)
    process.communicate(timeout=60)
    assert process.returncode == status
    assert manager.listen()[-1]["STATUS"].startswith(said)


def test_without_systemd_a_camera_that_is_away_ends_the_run(tmp_path: Path, drawn_recording: Path) -> None:
    (tmp_path / "away").touch()
    (tmp_path / "config.toml").write_text(
        f'camera = "mock:{drawn_recording}"\nmock_faults = ["away {tmp_path}/away"]\n'
    )
    result = run_command("device", "run", "--config", tmp_path / "config.toml", NOTIFY_SOCKET="")
    assert (result.returncode, result.stderr.count("\n")) == (KioskError.status - 1, 1), result.stderr
    assert "no camera mock: plug it in" in result.stderr
