"""SIGHUP to a kiosk at work, and what of its parts the new settings reach."""

import os
import pty
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from device import kiosk
from device.camera.pace import Pace
from device.settings.reload import Reload
from device.settings.settings import RELOADABLE, Settings
from tests.conftest import ROOT
from tests.device.kiosk import Kiosk

pytestmark = pytest.mark.once


def test_a_reload_takes_what_it_can_and_says_what_it_cannot(tmp_path: Path) -> None:
    with Kiosk(tmp_path) as kiosk:
        kiosk.wait_for(lambda: any(face["emotion"] for event in kiosk.events()[-1:] for face in event["faces"]))
        before = kiosk.events()[-1]
        said = kiosk.reload(signal.SIGHUP, "least_confidence = 1", "label_margin = 0", "width = 320")
        assert said == (
            "the settings were read again: label_margin = 0.0, least_confidence = 1.0; from the next start on: width"
        )
        kiosk.wait_for_more(5)
        after = kiosk.events()[-1]
        assert {face["id"] for face in before["faces"]} & {face["id"] for face in after["faces"]}
        assert all(face["emotion"] is None for face in after["faces"])
        assert after["frame"] > before["frame"]  # the camera went on
        kiosk.process.send_signal(signal.SIGTERM)
        assert kiosk.process.wait(20) == 0


def test_a_file_that_cannot_be_leaves_the_settings_as_they_were(tmp_path: Path) -> None:
    with Kiosk(tmp_path) as kiosk:
        kiosk.wait_for_more(1)
        said = kiosk.reload(signal.SIGHUP, "least_confidence = 1", "rotation = 45", "ratte = 3")
        assert said == (
            f"the settings stay as they were: {kiosk.config} line 5: rotation = 45 is none of 0, 90, 180, 270; "
            f"{kiosk.config} line 6: unknown setting 'ratte': did you mean 'rate'?"
        )
        assert kiosk.reload(signal.SIGHUP) == "the settings were read again: nothing changed"
        kiosk.wait_for_more()
        kiosk.config.unlink()
        kiosk.process.send_signal(signal.SIGHUP)
        kiosk.wait_for(lambda: "cannot be read" in kiosk.said()[-1])
        kiosk.wait_for_more()


def test_flags_stay_above_the_file(tmp_path: Path) -> None:
    with Kiosk(tmp_path, words=("--model", "default", "--pace", "max")) as kiosk:
        kiosk.wait_for_more(1)
        said = kiosk.reload(signal.SIGHUP, 'model = "other"', 'pace = "realtime"')
        assert said == "the settings were read again: nothing changed"


OTHER = Settings(
    events_megabytes=1.5, events_files=7, hours="Mon 00:00-24:00", screen_hours="Mon 00:00-24:00", smallest_face=60,
    face_neighbours=6, face_memory_seconds=2.0, scan_seconds=0.7, look_seconds=0.05, hold_seconds=0.2,
    read_seconds=0.2, idle_seconds=30.0, idle_rate=4.0, hot_celsius=70.0, hot_rate=7.0, smoothing_seconds=0.3,
    label_margin=0.3, least_confidence=0.6,
)  # fmt: skip


def settings_of(part: object, seen: set[int]) -> Iterator[Settings]:
    """The settings that a part and the parts within it hold, wherever they hold them."""
    if id(part) in seen:
        return
    seen.add(id(part))
    for value in vars(part).values():
        if isinstance(value, Settings):
            yield value
        elif type(value).__module__.startswith("device."):
            yield from settings_of(value, seen)


@pytest.mark.parametrize("part", [lambda: kiosk.make_pipeline(Settings()), lambda: Pace(Settings())])
def test_other_settings_reach_every_part_that_holds_some(part: Callable[[], Any]) -> None:
    made = part()
    before = list(settings_of(made, set()))
    made.adopt(OTHER)
    after = list(settings_of(made, set()))
    assert set(before) == {Settings()}
    assert set(after) == {OTHER}
    assert len(before) == len(after)


def test_every_setting_that_a_reload_takes_is_read_from_the_settings_at_hand() -> None:
    """None of them is copied when a part is made: by its name in the code, where the parts are."""
    parts = [file.read_text() for room in ("camera", "faces", "reading", "outputs", "screen") for file in
             (ROOT / "device" / room).glob("*.py")]  # fmt: skip
    read = {name for text in parts for name in re.findall(r"settings\.(\w+)", text)}
    assert read >= RELOADABLE


def test_what_was_put_off_to_the_next_start_makes_one_who_waits_start_anew() -> None:
    """As when the hours were over while the camera's name was mended: the wait then goes on with the old one."""
    now = [Settings()]
    reload = Reload(Settings(), lambda: now[0], lambda: None)
    assert not reload.renewed(lambda settings: None)
    now[0] = Settings(camera="/dev/video1")
    os.kill(os.getpid(), signal.SIGHUP)
    assert reload.taken() is None
    assert reload.renewed(lambda settings: None)
    assert not reload.renewed(lambda settings: None)


def test_a_terminal_that_is_closed_ends_the_run_and_sighup_alone_does_not(tmp_path: Path) -> None:
    master, slave = pty.openpty()
    own_it = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)"
    with Kiosk(tmp_path, prelude=own_it, stdin=slave) as kiosk:
        os.close(slave)
        kiosk.wait_for_more(1)
        assert kiosk.reload(signal.SIGHUP) == "the settings were read again: nothing changed"
        kiosk.wait_for_more()
        os.close(master)
        assert kiosk.process.wait(30) == 0
