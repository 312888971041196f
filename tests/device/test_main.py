"""The command line, as a user meets it."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from device.camera.video import Video
from tests.conftest import ROOT, SHORT, error_lines, run_command
from tests.drawn_film import FRAMES_PER_SECOND, SECONDS

pytestmark = pytest.mark.once


FRAMES = int(SECONDS * FRAMES_PER_SECOND)


def test_what_a_person_reads_on_the_console(drawn_recording: Path) -> None:
    result = run_command("device", "run", "--camera", drawn_recording)
    assert "drawn_faces.mp4: 640x480, 20 frames a second" in result.stdout
    assert "face 1  neutral" in result.stdout
    assert "face 1  happy" in result.stdout
    assert f"{FRAMES} frames, a face in" in result.stdout


def test_events_on_stdout_leave_it_to_events(short_recording: Path) -> None:
    result = run_command("device", "run", "--camera", short_recording, "--events", "-")
    assert len([json.loads(line) for line in result.stdout.splitlines()]) == SHORT


def test_sigterm_ends_the_run_with_whole_files(drawn_recording: Path, tmp_path: Path) -> None:
    words = [
        "run",
        "--camera",
        drawn_recording,
        "--loop",
        "--events",
        tmp_path / "e.jsonl",
        "--display",
        tmp_path / "o.mp4",
    ]
    command = [sys.executable, "-m", "device", *map(str, words)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while not ((tmp_path / "e.jsonl").exists() and (tmp_path / "e.jsonl").read_text().count("\n") > 5):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    events = [json.loads(line) for line in (tmp_path / "e.jsonl").read_text().splitlines()]
    with Video(tmp_path / "o.mp4") as written:
        assert len(list(written)) == len(events)


def test_a_reader_that_leaves_is_no_error(drawn_recording: Path) -> None:
    command = f"{sys.executable} -m device replay {drawn_recording} | head -n 2"
    result = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert len(result.stdout.splitlines()) == 2
    assert (result.returncode, error_lines(result)) == (0, [])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_one_line_and_exit_1(drawn_recording: Path, tmp_path: Path) -> None:
    result = run_command("device", "run", "--camera", drawn_recording, "--events", "/dev/full")
    assert (result.returncode, len(error_lines(result))) == (1, 1)
    assert "No space left" in result.stderr
    nowhere = run_command("device", "run", "--camera", drawn_recording, "--display", tmp_path / "no" / "o.mp4")
    assert (nowhere.returncode, len(error_lines(nowhere))) == (2, 1)


def test_no_output_overwrites_the_recording_or_another_output(
    drawn_recording: Path, photos: Path, tmp_path: Path
) -> None:
    film = Path(shutil.copy(drawn_recording, tmp_path / "film.mp4"))
    before = film.read_bytes()
    for words in (
        ["--camera", film, "--display", film],
        ["--camera", film, "--events", film],
        ["--camera", film, "--display", tmp_path / "a.png", "--display", tmp_path / "a.png"],
        ["--camera", photos, "--display", photos / "a_happy.png"],
    ):
        result = run_command("device", "run", *words)
        assert (result.returncode, len(error_lines(result))) == (2, 1), words
    assert film.read_bytes() == before
    assert run_command("device", "replay", film, "--write-golden", film).returncode == 2
    assert film.read_bytes() == before


@pytest.mark.parametrize("name", ["0", "/dev/video0"])
def test_a_live_camera_is_not_replayed(name: str) -> None:
    result = run_command("device", "replay", name)
    assert (result.returncode, len(error_lines(result))) == (2, 1)


def test_a_colon_in_a_name_is_no_protocol(short_recording: Path, tmp_path: Path) -> None:
    shutil.copy(short_recording, tmp_path / "12:30.mkv")
    result = run_command("device", "run", "--camera", "12:30.mkv", "--display", "x:y.mp4", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "x:y.mp4").exists()


def test_check_says_what_would_run_and_runs_nothing(drawn_recording: Path, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'camera = "{drawn_recording}"\n')
    good = run_command("device", "run", "--config", config, "--check")
    assert (good.returncode, good.stdout.count("\n")) == (0, 1)
    config.write_text('camra = "x"\n')
    bad = run_command("device", "run", "--config", config, "--check")
    assert (bad.returncode, len(error_lines(bad))) == (2, 1)
    assert "did you mean 'camera'" in bad.stderr


def test_an_unknown_flag_exits_with_2_and_help_teaches() -> None:
    assert run_command("device", "run", "--cam", "x", "--nonsense").returncode == 2
    assert "examples:" in run_command("device", "run", "--help").stdout


def test_the_demo_recording_is_small(drawn_recording: Path) -> None:
    assert drawn_recording.stat().st_size < 1_000_000
