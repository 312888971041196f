"""A kiosk that keeps its hours: real processes, whose clock on the wall is a file."""

import itertools
import signal
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

import numpy as np
import pytest

from device.camera.make import make_camera
from device.camera.opening_hours import OpeningHours
from device.camera.playback import Played
from device.contract import Frame, Pause
from device.errors import HardwareError
from tests.conftest import SHORT, run_command
from tests.device.kiosk import Kiosk
from tests.device.settings.test_hours import at
from tests.scenes import a_pi, scene, settings

pytestmark = pytest.mark.once


class WallClock:
    """Shows a kiosk whose prelude it is one time, until it is set to another."""

    def __init__(self, folder: Path, now: datetime):
        self._file = folder / "clock"
        self.set(now)
        self.prelude = (
            "from datetime import datetime\nfrom pathlib import Path\nfrom device.settings import hours\n"
            f"hours.local_now = lambda: datetime.fromisoformat(Path({str(self._file)!r}).read_text())"
        )

    def set(self, now: datetime) -> None:
        new = self._file.with_suffix(".new")
        new.write_text(now.isoformat())
        new.rename(self._file)  # never half a time


def test_the_kiosk_opens_at_its_hour(tmp_path: Path) -> None:
    clock = WallClock(tmp_path, at(0, 7, 59))
    with Kiosk(tmp_path, 'hours = "08:00-18:00"', prelude=clock.prelude) as kiosk:
        kiosk.wait_for(lambda: "closed until" in kiosk.printed())
        assert kiosk.events() == []
        clock.set(at(0, 8))
        kiosk.wait_for(lambda: any(line.startswith("open: camera mock") for line in kiosk.said()))
        kiosk.wait_for_more()
        kiosk.process.send_signal(signal.SIGTERM)
        assert kiosk.process.wait(20) == 0
    assert [event["frame"] for event in kiosk.events()[:2]] == [0, 1]


def test_the_kiosk_closes_at_its_hour_and_sigterm_ends_it_then(tmp_path: Path) -> None:
    clock = WallClock(tmp_path, at(0, 17, 59))
    with Kiosk(tmp_path, 'hours = "08:00-18:00"', prelude=clock.prelude) as kiosk:
        kiosk.wait_for_more(1)
        clock.set(at(0, 18))
        kiosk.wait_for(lambda: any(line.startswith("closed until") for line in kiosk.said()))
        read = kiosk.events()
        assert len(read) > 0
        time.sleep(1.5)
        assert kiosk.events() == read
        kiosk.process.send_signal(signal.SIGTERM)
        assert kiosk.process.wait(20) == 0


def test_the_pis_camera_rests_and_goes_on_although_it_cannot_be_opened_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_pi(monkeypatch, tmp_path)
    clock, rested = [at(0, 7, 59)], list[str]()

    camera = OpeningHours(make_camera(settings("picamera2")), "08:00-18:00", lambda: clock[0])
    seen: list[tuple[int, Frame]] = []
    with camera:
        for moment in camera:
            if isinstance(moment, Pause):
                clock[0] = at(len(rested), 8)
                rested.append(moment.reason)
                time.sleep(1.0)  # until the clock is asked again
                continue
            assert (moment.image == scene()).all()
            seen.append((len(rested), moment))
            if len(seen) == 3:
                clock[0] = at(0, 18)
            if [day for day, _ in seen].count(2) == 3:
                break
    assert rested == ["closed until Mon 08:00", "closed until Tue 08:00"]
    assert [frame.index for _, frame in seen] == list(range(len(seen)))
    before, after = (next(pair for pair in seen[::step] if pair[0] == day)[1] for step, day in ((-1, 1), (1, 2)))
    assert after.time - before.time >= 0.9  # it rested for a second


def test_frames_are_numbered_on_and_time_goes_on_over_a_closed_time(tmp_path: Path) -> None:
    with Kiosk(tmp_path) as kiosk:
        kiosk.wait_for_more()
        tomorrow = f"{datetime.now() + timedelta(days=2):%a} 00:00-24:00"
        assert "hours = " in kiosk.reload(signal.SIGHUP, f'hours = "{tomorrow}"')
        kiosk.wait_for(lambda: any(line.startswith("closed until") for line in kiosk.said()))
        time.sleep(2)
        before = kiosk.events()
        assert "hours = ''" in kiosk.reload(signal.SIGHUP)
        kiosk.wait_for_more()
        after = kiosk.events()[len(before) :]
    assert after[0]["frame"] == before[-1]["frame"] + 1
    assert after[0]["time"] >= before[-1]["time"] + 2
    assert all(late["time"] > early["time"] for early, late in itertools.pairwise(after))


def test_a_recording_that_is_read_once_keeps_no_hours(short_recording: Path, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'hours = "{datetime.now() + timedelta(days=2):%a} 00:00-24:00"\n')
    result = run_command("device", "run", "--camera", short_recording, "--config", config)
    assert f"{SHORT} frames" in result.stdout


def test_pauses_come_while_the_camera_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    """So a watchdog is fed, however long a camera takes to open in the morning; what it then says ends the pauses."""
    monkeypatch.setattr("device.settings.hours.ASK_SECONDS", 0.0)
    clock = [at(0, 7)]

    class Slow(Played):
        frames_per_second = 1.0
        error: Exception | None = None

        def __enter__(self) -> Self:
            time.sleep(0.7)
            if self.error:
                raise self.error
            return self

        def __exit__(self, *error: object) -> None: ...

        def __iter__(self) -> Iterator[Frame]:
            grey = np.zeros((2, 2), np.uint8)
            yield Frame(0, 0.0, grey, grey)

        def describe(self) -> str:
            return "slow"

    for error in (None, HardwareError("no camera")):
        clock[0] = at(0, 7)
        source = Slow()
        source.error = error
        with OpeningHours(source, "08:00-18:00", lambda: clock[0]) as camera:
            moments = iter(camera)
            assert next(moments) == Pause("closed", "closed until Mon 08:00")
            clock[0] = at(0, 9)
            if error:
                with pytest.raises(HardwareError, match="no camera"):
                    list(moments)
            else:
                kinds = [moment.kind if isinstance(moment, Pause) else "frame" for moment in moments]
                assert kinds[-1] == "frame"
                assert set(kinds[:-1]) == {"waiting"}
