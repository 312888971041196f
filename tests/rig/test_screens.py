"""What a real kernel's screen shows, without a desktop: `script/test --rig tests/rig/test_screens.py`, as root.

A virtual machine is built once (2 GB) and booted; where its processor is emulated the tests take half an hour.
EMOTION_SCREENSHOTS names a folder for what the screen showed.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from device.contract import Box, Face, Reading
from device.drawing.fitting import annotate
from tests.rig.booted import UNIT
from tests.rig.conftest import CAMERA, STILL
from tests.rig.vm import VirtualMachine

pytestmark = [pytest.mark.rig, pytest.mark.timeout(3600)]

EVENTS = "/var/log/emotion-kiosk/events.jsonl"
CONNECTOR = "/sys/class/drm/card0-Virtual-1/status"
PATIENCE = 600.0  # seconds, where the processor is emulated


def start(machine: VirtualMachine, settings: str) -> None:
    machine.set(f'{CAMERA}events = "{EVENTS}"\n{settings}')
    machine.run("systemctl", "start", UNIT).check_returncode()


def keep(name: str, picture: np.ndarray) -> None:
    if folder := os.environ.get("EMOTION_SCREENSHOTS"):
        cv2.imwrite(str(Path(folder) / f"{name}.png"), picture)


def expected(machine: VirtualMachine, size: tuple[int, int]) -> np.ndarray:
    """The still with what the kiosk last read of it, drawn here for a screen of that width and height."""
    event = json.loads(machine.run("tail", "-n", 1, EVENTS).stdout)
    faces = tuple(
        Face(face["id"], Box(*face["box"]), face["emotion"], face["confidence"], None, face.get("unsure"))
        for face in event["faces"]
    )
    assert len(faces) == 2
    picture = cv2.VideoCapture(str(machine.folder / Path(STILL).name)).read()[1]
    return annotate(picture, Reading(0, 0.0, faces), size)


def off(shown: np.ndarray, wanted: np.ndarray) -> float:
    """Share of the pixels that are not as they should be; the corner that tells the rate is left out."""
    wrong = cv2.absdiff(shown, wanted).max(axis=2) > 12
    height, width = wrong.shape
    wrong[-height // 12 :, : width // 3] = False
    return float(wrong.mean())


def wait_for_picture(machine: VirtualMachine) -> float:
    return machine.wait_until(lambda: looks_right(machine), PATIENCE)


def looks_right(machine: VirtualMachine) -> bool:
    # A screen that is plugged in later need not have the mode that it had.
    shown = machine.screen()
    return is_reading(machine) and off(shown, expected(machine, (shown.shape[1], shown.shape[0]))) < 0.002


def is_reading(machine: VirtualMachine) -> bool:
    return machine.shows("StatusText").startswith("reading: ") and ", 2 faces" in machine.shows("StatusText")


def is_black(machine: VirtualMachine) -> bool:
    return int(machine.screen().max()) == 0


def stays(what: Callable[[], bool], times: int = 5) -> bool:
    return all(what() for _ in range(times))


def test_it_comes_up_on_the_screen_by_itself(machine: VirtualMachine) -> None:
    wait_for_picture(machine)
    shown = machine.screen()
    keep("drm", shown)
    assert not shown[:, :80].any(), "4:3 on a wide screen stands in the middle, on black"
    assert not shown[:, -80:].any()
    running = machine.run("pgrep", "-u", "emotion-kiosk").stdout.split()
    assert len(running) == 2, "one process reads, one shows"
    assert not any("warning" in line for line in machine.journal().splitlines())
    # What the console is told does not come through.
    machine.run("sh", "-c", "echo some words on the console > /dev/tty1")
    assert stays(lambda: looks_right(machine), 3)


def test_outside_its_hours_the_screen_is_black(machine: VirtualMachine) -> None:
    start(machine, 'display = "drm"\n')
    wait_for_picture(machine)
    hour = (int(machine.run("date", "+%H").stdout) + 2) % 24
    machine.set(f'{CAMERA}display = "drm"\nscreen_hours = "{hour:02}:00-{hour:02}:01"\nevents = "{EVENTS}"\n')
    machine.run("systemctl", "reload", UNIT).check_returncode()
    machine.wait_until(lambda: is_black(machine), 60)
    assert stays(lambda: is_black(machine))
    assert is_reading(machine)


def test_a_screen_that_is_absent_costs_a_line(machine: VirtualMachine) -> None:
    machine.write(CONNECTOR, "off")
    try:
        start(machine, 'display = "drm"\n')
        machine.wait_until(lambda: "reading goes on without it" in machine.journal(), PATIENCE)
        machine.wait_until(lambda: is_reading(machine), PATIENCE)
        warnings = [line for line in machine.journal().splitlines() if line.startswith("warning: ")]
        assert len(warnings) == 1
        assert "is it plugged in" in warnings[0]
    finally:
        machine.write(CONNECTOR, "detect")
    wait_for_picture(machine)  # plugged in later
    assert machine.shows("NRestarts") == "0"


def test_the_framebuffer_shows_the_same(machine: VirtualMachine) -> None:
    start(machine, 'display = "fb"\n')
    wait_for_picture(machine)
    keep("fb", machine.screen())
    assert not any("warning" in line for line in machine.journal().splitlines())
