"""One virtual machine for all tests that want a kernel, a screen and memory of their own."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest

from tests.conftest import ROOT
from tests.rig.booted import FAULT, UNIT
from tests.rig.vm import VirtualMachine

STILL = "srv/still.avi"  # one picture, again and again: what is read of it stays the same
# A stall that is noticed late lengthens the watchdog: an emulated processor may take seconds for a frame.
CAMERA = f'camera = "mock:/{STILL}"\nloop = true\nstall_seconds = 60\n'
_SIZE = (320, 240)  # pixels: small, where the processor is emulated


@pytest.fixture(scope="session")
def booted_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualMachine]:
    """Where the kiosk came up by itself, on the screen without a desktop."""
    folder = tmp_path_factory.mktemp("vm")
    _film(folder / "still.avi")
    settings = f'{CAMERA}display = "drm"\nevents = "/var/log/emotion-kiosk/events.jsonl"\n'
    with VirtualMachine("trixie", folder, settings, {STILL: folder / "still.avi"}) as machine:
        machine.boot()
        yield machine


@pytest.fixture
def machine(booted_machine: VirtualMachine) -> Iterator[VirtualMachine]:
    """Left with nothing running, and the unit as it ships."""
    yield booted_machine
    booted_machine.run("systemctl", "stop", UNIT, FAULT)
    booted_machine.run("rm", "-rf", f"/etc/systemd/system/{UNIT}.d/rig.conf", "/var/log/emotion-kiosk/events.jsonl")
    booted_machine.run("systemctl", "daemon-reload")
    booted_machine.run("systemctl", "reset-failed")
    booted_machine.run("journalctl", "--rotate", "--vacuum-time=1ms")


def _film(path: Path) -> None:
    recording = cv2.VideoCapture(str(ROOT / "tests/media/drawn_faces.mp4"))
    recording.set(cv2.CAP_PROP_POS_FRAMES, 200)
    picture = cv2.resize(recording.read()[1], _SIZE, interpolation=cv2.INTER_AREA)
    film = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, _SIZE)
    for _ in range(20):
        film.write(picture)
    film.release()
