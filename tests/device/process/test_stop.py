"""Whatever waits is told of the end."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path

import cv2
import pytest

from device.camera.recorded import PICTURES, SIDECAR
from device.process import stop as stopping
from tests.conftest import ROOT
from tests.scenes import scene

pytestmark = pytest.mark.once

_TIMES = [0.0, 0.1, 3600.0, 3600.1, 7300.0]  # of a clock that was set twice


def _jumping(folder: Path) -> Path:
    """A recording whose clock jumped an hour."""
    folder.mkdir()
    content = cv2.imencode(".jpg", scene())[1].tobytes()
    (folder / PICTURES).write_bytes(content)
    header = {
        "emotion_kiosk_recording": 1,
        "camera": "a camera",
        "frames_per_second": 10.0,
        "settings": {"rotation": 0, "mirror": False, "region": ""},
    }
    place = {"offset": 0, "bytes": len(content), "crc32": zlib.crc32(content)}
    lines = [header, *({"time": second} | place for second in _TIMES), {"end": "over", "frames": 5, "dropped": 0}]
    (folder / SIDECAR).write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


def _run(*words: object) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "device", "run", *map(str, words)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_gap_of_an_hour_passes_in_seconds_and_is_said_once(tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    with _run("--camera", _jumping(tmp_path / "jumps"), "--pace", "realtime", "--events", events) as process:
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 0, said
    assert [json.loads(line)["time"] for line in events.read_text().splitlines()] == _TIMES
    assert said.splitlines() == [
        "warning: jumps: 3600 seconds without a frame pass in 4, and so do later gaps",
    ]


@pytest.mark.parametrize("camera", ["jumps", "mock:jumps"])
def test_a_wait_for_a_frame_ends_with_sigterm(tmp_path: Path, camera: str) -> None:
    folder, events = _jumping(tmp_path / "jumps"), tmp_path / "events.jsonl"
    name = camera.replace("jumps", str(folder))
    config = tmp_path / "config.toml"
    config.write_text("stall_seconds = 600\n")
    with _run("--camera", name, "--pace", "realtime", "--events", events, "--config", config) as process:
        deadline = time.monotonic() + 60
        while not events.exists() or len(events.read_text().splitlines()) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        started = time.monotonic()
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 0, said
    assert time.monotonic() - started < 4


def test_a_driver_that_never_returns_keeps_nobody(tmp_path: Path, drawn_recording: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'camera = "mock:{drawn_recording}"\nmock_faults = ["stall 0.5"]\nstall_seconds = 600\n')
    with _run("--config", config) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(1.5)
        process.send_signal(signal.SIGTERM)
        started = time.monotonic()
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 0, said
    assert time.monotonic() - started < 6


def test_a_reader_of_events_that_does_not_read_keeps_nobody(tmp_path: Path, drawn_recording: Path) -> None:
    fifo = tmp_path / "events"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    with _run("--camera", drawn_recording, "--pace", "realtime", "--loop", "--events", fifo) as process:
        time.sleep(2)
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=30)[1]
    os.close(reader)
    assert process.returncode == 0, said


def test_a_sleep_ends_when_it_is_asked() -> None:
    asked = threading.Event()
    threading.Timer(0.2, asked.set).start()
    started = time.monotonic()
    stopping.sleep(30, asked)
    assert 0.1 < time.monotonic() - started < 5
    started = time.monotonic()
    stopping.sleep(0.25, stopping.NEVER)
    assert 0.25 <= time.monotonic() - started < 3
