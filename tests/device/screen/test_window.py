"""Real windows on a real X server, which has no screen."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from device.contract import Box, Face
from device.drawing.fitting import annotate
from device.screen.screen import Screen
from tests.device.kiosk import Kiosk
from tests.device.screens import colour_bars, frame_of, reading_of
from tests.xvfb import SIZE, Xvfb

pytestmark = [pytest.mark.once, pytest.mark.skipif(sys.platform != "linux", reason="screens need Linux")]


def test_pixels(xvfb: Xvfb) -> None:
    image, face = colour_bars(), Face(1, Box(200, 100, 240, 160), None, 0.3, None, "too dark")
    wanted = annotate(image, reading_of(face), SIZE)
    with Screen("window", lambda: "window", rate=lambda: 29.8) as display:
        deadline = time.monotonic() + 30
        while (xvfb.screenshot()[: SIZE[1] - 60] != wanted[: SIZE[1] - 60]).any():  # the rate stands below
            assert time.monotonic() < deadline
            display.show(frame_of(image), reading_of(face))
            time.sleep(0.05)
        rate = xvfb.screenshot()[SIZE[1] - 60 :, :300] != wanted[SIZE[1] - 60 :, :300]
        assert rate.any()
    assert not xvfb.screenshot().any()  # the window is gone


@pytest.fixture
def started(xvfb: Xvfb, tmp_path: Path) -> Iterator[Kiosk]:
    with Kiosk(tmp_path, 'display = "window"', **xvfb.environment) as kiosk:
        kiosk.wait_for(lambda: bool(xvfb.screenshot().any()))
        yield kiosk


def test_sigterm_ends_the_run_cleanly(started: Kiosk) -> None:
    started.process.send_signal(signal.SIGTERM)
    assert (started.process.wait(30), started.warnings()) == (0, [])


def test_ctrl_c_reaches_both_processes_and_ends_cleanly(started: Kiosk) -> None:
    os.killpg(started.process.pid, signal.SIGINT)
    assert (started.process.wait(30), started.warnings()) == (0, [])


def test_closing_the_window_ends_the_run(started: Kiosk, xvfb: Xvfb) -> None:
    xvfb.close_windows()
    assert (started.process.wait(30), started.warnings()) == (0, [])


def test_a_desktop_that_goes_costs_a_line(started: Kiosk, xvfb: Xvfb) -> None:
    xvfb.kill()
    started.wait_for_more()
    started.process.send_signal(signal.SIGTERM)
    assert started.process.wait(30) == 0
    (line,) = started.warnings()
    assert line.startswith("warning: display window: ")


def test_the_screen_is_black_outside_its_hours_and_reading_goes_on(xvfb: Xvfb, tmp_path: Path) -> None:
    later = f"{datetime.now() + timedelta(days=2):%a} 00:00-24:00"
    shown = 'display = "window"'
    with Kiosk(tmp_path, shown, **xvfb.environment) as kiosk:
        kiosk.wait_for(lambda: bool(xvfb.screenshot().any()))
        kiosk.reload(signal.SIGHUP, shown, f'screen_hours = "{later}"')
        kiosk.wait_for(lambda: not xvfb.screenshot().any())
        kiosk.wait_for_more()
        assert not xvfb.screenshot().any()
        kiosk.reload(signal.SIGHUP, shown)
        kiosk.wait_for(lambda: bool(xvfb.screenshot().any()))


def test_the_screen_is_black_while_the_camera_is_closed(xvfb: Xvfb, tmp_path: Path) -> None:
    later = f"{datetime.now() + timedelta(days=2):%a} 00:00-24:00"
    shown = 'display = "window"'
    with Kiosk(tmp_path, shown, **xvfb.environment) as kiosk:
        kiosk.wait_for(lambda: bool(xvfb.screenshot().any()))
        kiosk.reload(signal.SIGHUP, shown, f'hours = "{later}"')
        kiosk.wait_for(lambda: not xvfb.screenshot().any())
        assert kiosk.said()[-1].startswith("closed until")
        xvfb.close_windows()
        assert kiosk.process.wait(20) == 0


def test_a_killed_run_leaves_no_window(started: Kiosk, xvfb: Xvfb) -> None:
    os.kill(started.process.pid, signal.SIGKILL)
    started.process.wait()
    deadline = time.monotonic() + 30
    while xvfb.screenshot().any():
        assert time.monotonic() < deadline
        time.sleep(0.05)
