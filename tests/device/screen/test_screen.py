"""A screen that fails costs a line, and the loop nothing."""

import itertools
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from device.process import retry
from device.screen import screen
from device.screen.screen import Screen
from tests import needs
from tests.device.kiosk import Kiosk
from tests.device.screens import FACE, children, colour_bars, frame_of, reading_of, show_until
from tests.xvfb import Xvfb

pytestmark = [pytest.mark.once, pytest.mark.skipif(sys.platform != "linux", reason="screens need Linux")]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "SECONDS", 0.5)
    monkeypatch.setattr(screen, "HANG_SECONDS", 2.0)


def test_an_absent_screen_is_tried_again_and_told_once(
    impatient: None, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts: list[float] = []

    def kind() -> str:
        attempts.append(time.monotonic())
        return "/dev/fb77"

    with Screen("fb", kind) as display:
        show_until(display, lambda: len(attempts) >= 3)
    assert all(later - earlier >= 0.5 for earlier, later in itertools.pairwise(attempts))
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("warning: display fb: no framebuffer /dev/fb77")


def test_a_screen_that_is_plugged_in_later_comes_up(
    impatient: None, dummy: None, capfd: pytest.CaptureFixture[str]
) -> None:
    kinds = ["none", "none", "window"]
    lines: list[str] = []

    def said(lines: list[str]) -> list[str]:
        lines += capfd.readouterr().err.splitlines()
        return lines

    with Screen("auto", lambda: kinds.pop(0)) as display:
        show_until(display, lambda: len(said(lines)) == 2)
    assert len(lines) == 2
    assert "no screen is plugged in" in lines[0]
    assert lines[1] == "warning: display auto: shows pictures again"


def test_a_process_that_dies_or_hangs_is_replaced(
    impatient: None, dummy: None, capfd: pytest.CaptureFixture[str]
) -> None:
    before = children()
    for number, said in ((signal.SIGKILL, "its process ended"), (signal.SIGSTOP, "has not answered")):
        with Screen("window", lambda: "window") as display:
            show_until(display, lambda: display.shows)
            (process,) = children() - before
            os.kill(process, number)
            show_until(display, lambda: not display.shows)
            assert process not in children()
            show_until(display, lambda: display.shows)
        (line,) = capfd.readouterr().err.splitlines()
        assert said in line
        assert children() == before


def test_attempts_that_fail_leave_nothing_open(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(retry, "SECONDS", 0.0)
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with Screen("fb", lambda: "fb") as display:
        opened = len(list(Path("/proc/self/fd").iterdir()))
        for _ in range(5):
            display.show(frame_of(colour_bars()), reading_of())
        assert len(list(Path("/proc/self/fd").iterdir())) == opened
    assert len(capfd.readouterr().err.splitlines()) == 1


def test_a_hanging_screen_never_holds_the_loop(impatient: None, xvfb: Xvfb) -> None:
    longest = 0.0
    frame = frame_of(colour_bars())
    with Screen("window", lambda: "window") as display:
        show_until(display, lambda: display.shows)
        xvfb.pause()
        deadline = time.monotonic() + 30
        handed_over = display.handed_over
        while display.shows:
            started = time.monotonic()
            display.show(frame, reading_of(FACE))
            longest = max(longest, time.monotonic() - started)
            assert time.monotonic() < deadline
            time.sleep(0.01)
    assert longest < 1.0  # the server stood still for two seconds before it was given up
    assert display.handed_over - handed_over <= 2  # one under way, and the one that was not shown any more


def test_drm_without_a_graphics_card_costs_a_line(tmp_path: Path) -> None:
    needs.module("pygame", pip="pygame-ce")
    if Path("/dev/dri").exists():
        pytest.skip("there is a graphics card here")
    with Kiosk(tmp_path, 'display = "drm"') as kiosk:
        kiosk.wait_for(lambda: bool(kiosk.warnings()))
        kiosk.wait_for_more()
        kiosk.process.send_signal(signal.SIGTERM)
        assert kiosk.process.wait(30) == 0
        (line,) = kiosk.warnings()
    assert line.startswith("warning: display drm: no graphics card here (/dev/dri/card*); reading goes on without")
