"""The trouble of one output is neither the others' nor the run's."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from device.contract import Frame, Output, Pause, Reading
from device.errors import OutputError
from device.outputs.events import EventStream
from device.outputs.outputs import Outputs
from device.process import retry
from device.settings.settings import Settings
from tests.conftest import ROOT, error_lines, run_command
from tests.device.kiosk import Kiosk

pytestmark = pytest.mark.once
FRAME = Frame(0, 0.0, np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3), np.uint8))
READING = Reading(0, 0.0, ())


class Troubled(Output):
    """Fails while it is told to."""

    def __init__(self, error: Exception | None = None):
        self.error, self.opened, self.shown, self.closed = error, 0, 0, 0

    def __enter__(self) -> "Troubled":
        self.opened += 1
        return self

    def show(self, frame: Frame, reading: Reading) -> None:
        if self.error:
            raise self.error
        self.shown += 1

    def rest(self, pause: Pause) -> None:
        self.show(FRAME, READING)

    def __exit__(self, *error: object) -> None:
        self.closed += 1


def test_on_a_run_that_goes_on_an_output_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(retry, "SECONDS", 0.2)
    for error in (
        OutputError("o.mp4: away"),
        OSError(5, "Input/output error"),
        ValueError("what"),
        BrokenPipeError(32),
    ):
        bad, good = Troubled(error), Troubled()
        with Outputs([bad, good], goes_on=True, piped=False) as outputs:
            for _ in range(3):
                outputs.show(FRAME, READING)
            outputs.rest(Pause("closed", "night"))
            bad.error = None
            time.sleep(0.25)
            outputs.show(FRAME, READING)
        assert (bad.opened, bad.shown, bad.closed) == (2, 1, 2)
        assert (good.opened, good.shown, good.closed) == (1, 5, 1)
        said = capsys.readouterr().err.splitlines()
        assert len(said) == 2
        assert "reading goes on without it" in said[0]
        assert "works again" in said[1]


def test_an_output_that_is_down_comes_back_with_the_settings_of_a_reload() -> None:
    class Adopting(Troubled):
        settings = Settings()

        def adopt(self, settings: Settings) -> None:
            self.settings = settings

    bad, other = Adopting(OutputError("away")), Settings(label_margin=0.5)
    with Outputs([bad], goes_on=True, piped=False) as outputs:
        outputs.show(FRAME, READING)
        outputs.adopt(other)
    assert bad.settings == other


def test_nobody_at_stdout_ends_a_persons_run() -> None:
    with pytest.raises(BrokenPipeError), Outputs([Troubled(BrokenPipeError(32))], goes_on=True) as outputs:
        outputs.show(FRAME, READING)


def test_of_a_recording_the_others_are_whole_and_the_status_is_1(tmp_path: Path, drawn_recording: Path) -> None:
    events, sheet = tmp_path / "events.jsonl", tmp_path / "sheet.png"
    words = ["--events", "/dev/full", "--display", sheet, "--display", tmp_path / "o.mp4"]
    result = run_command("device", "run", "--camera", drawn_recording, *words)
    assert (result.returncode, error_lines(result)) == (
        1,
        ["error: /dev/full: cannot be written (No space left on device)"],
    )
    assert sheet.exists()
    assert (tmp_path / "o.mp4").exists()
    assert not events.exists()


def test_a_fifo_that_nobody_reads_is_one_line(tmp_path: Path, drawn_recording: Path) -> None:
    fifo = tmp_path / "events"
    os.mkfifo(fifo)
    result = run_command("device", "run", "--camera", drawn_recording, "--events", fifo)
    assert (result.returncode, error_lines(result)) == (
        1,
        [f"error: {fifo}: nobody reads it; start its reader first"],
    )


def test_a_kiosk_goes_on_without_the_reader_of_its_fifo(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    # As a prelude, so that the test need not wait for half a minute.
    hurry = "from device.process import retry\nretry.SECONDS = 0.5"
    with Kiosk(tmp_path, words=("--events", str(fifo)), prelude=hurry) as kiosk:
        kiosk.wait_for(lambda: any("nobody reads it" in line for line in kiosk.said()))
        for _ in range(2):
            with fifo.open() as reader:
                assert json.loads(reader.readline())["faces"] is not None
            kiosk.wait_for(lambda: "is read again" in kiosk.said()[-1] or "its reader is gone" in kiosk.said()[-1])
        kiosk.wait_for(lambda: any("its reader is gone" in line for line in kiosk.said()))


def test_a_slow_reader_misses_events_and_gets_whole_ones(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    with EventStream(str(fifo)) as stream:
        for index in range(5000):
            stream.show(FRAME, Reading(index, 0.0, ()))
        content = b""
        while len(piece := os.read(reader, 65536)) > 0:
            content += piece
            stream.show(FRAME, Reading(5000, 0.0, ()))
            if b'"frame": 5000' in content:
                break
    os.close(reader)
    frames = [json.loads(line)["frame"] for line in content.rpartition(b"\n")[0].splitlines()]
    assert frames[:100] == list(range(100))
    assert len(frames) < 5000


def test_head_ends_a_live_run_quietly(tmp_path: Path) -> None:
    film = ROOT / "tests" / "media" / "drawn_faces.mp4"
    for words in (["--events", "-"], []):
        command = [sys.executable, "-m", "device", "run", "--camera", film, "--loop", *words]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.readline()
            process.stdout.close()
            assert process.wait(60) == 0
            assert process.stderr.read() == b""
