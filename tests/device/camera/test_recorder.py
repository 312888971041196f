"""What was recorded reads the same each time, whatever ended the recording."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from device.camera.make import Recorded, make_camera
from device.camera.recorded import MARK, PICTURES, SIDECAR
from device.camera.recorder import record
from device.errors import DataError, HardwareError, UsageError
from device.settings.settings import Settings
from tests.conftest import ROOT, error_lines, run_command
from tests.scenes import BLUE, RED, WHITE, film

COUNT = 12


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A recording of twelve frames."""
    return make(tmp_path)


def make(tmp_path: Path, **changed: object) -> Path:
    camera = str(film(tmp_path / "film.mkv", count=COUNT))
    record(Settings.read(None, camera=camera, free_megabytes=0, **changed), tmp_path / "recording")
    return tmp_path / "recording"


def lines(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / SIDECAR).read_text().splitlines()]


def frames_of(folder: Path, **changed: object) -> tuple[list[tuple[float, bytes]], str]:
    with make_camera(Settings.read(None, camera=str(folder), **changed)) as camera:
        return [(frame.time, frame.image.tobytes()) for frame in camera], camera.lost()


def test_a_recording_holds_every_frame_with_its_time(folder: Path) -> None:
    with make_camera(Settings(camera=str(folder.with_name("film.mkv")))) as camera:
        original = list(camera)
    with make_camera(Settings(camera=str(folder))) as camera:
        replayed = list(camera)
        assert "recording: recorded from film.mkv: 104x64, 100 frames a second" in camera.describe()
    assert [frame.time for frame in replayed] == [frame.time for frame in original]
    for one, two in zip(original, replayed, strict=True):
        assert np.abs(one.image.astype(int) - two.image).mean() < 3
    assert camera.lost() == ""
    assert lines(folder)[-1] == {"end": "the camera ended", "frames": COUNT, "dropped": 0}
    assert sorted(path.name for path in folder.iterdir()) == [PICTURES, SIDECAR]


def test_slow_and_fast_machines_see_the_same(folder: Path) -> None:
    assert frames_of(folder) == frames_of(folder, pace="realtime")
    with make_camera(Settings(camera=str(folder), loop=True)) as camera:
        looped = [frame for _, frame in zip(range(COUNT + 2), camera, strict=False)]
    assert looped[COUNT].time == pytest.approx(COUNT / 100)
    assert (looped[COUNT].image == looped[0].image).all()


def test_a_replay_reads_the_same_each_time(drawn_recording: Path, tmp_path: Path) -> None:
    result = run_command("device", "record", "--camera", drawn_recording, "--out", tmp_path / "r", "--seconds", 2)
    assert (result.returncode, result.stdout) == (0, "")
    assert "r: 40 frames" in result.stderr
    assert "2 seconds are recorded" in result.stderr
    once, twice = (run_command("device", "replay", tmp_path / "r") for _ in range(2))
    assert once.stdout == twice.stdout
    assert (once.returncode, once.stderr, once.stdout.count("\n")) == (0, "", 40)
    assert any(json.loads(line)["faces"] for line in once.stdout.splitlines())


def test_frames_are_kept_as_they_came_and_seen_as_they_were(tmp_path: Path) -> None:
    folder = make(tmp_path, rotation=180, region="104x32+0+0")
    first = cv2.imdecode(np.fromfile(folder / PICTURES, np.uint8), cv2.IMREAD_COLOR)
    assert np.abs(np.int_([first[16, 26], first[48, 78]]) - (BLUE, WHITE)).max() < 30
    for changed in ({}, {"rotation": 90}):  # what is set now is of the camera that is there now
        with make_camera(Settings.read(None, camera=str(folder), **changed)) as camera:
            image = next(iter(camera)).image
        assert image.shape == (32, 104, 3)
        assert np.abs(np.int_([image[16, 26], image[16, 78]]) - (WHITE, RED)).max() < 30


def test_only_settings_that_made_the_pictures_are_kept(folder: Path) -> None:
    kept = lines(folder)[0]["settings"]
    assert set(kept) == {"camera", "width", "height", "rate", "pixel_format", "rotation", "mirror", "region"}


def test_a_last_frame_that_is_cut_off_is_left_out_with_a_warning(folder: Path) -> None:
    whole, _ = frames_of(folder)
    pictures = (folder / PICTURES).read_bytes()
    text = (folder / SIDECAR).read_bytes()
    (folder / PICTURES).write_bytes(pictures[:-100])
    assert frames_of(folder) == (whole[:-1], "recording: 1 of 12 frames were not whole; the rest was read")
    (folder / PICTURES).write_bytes(pictures)
    (folder / SIDECAR).write_bytes(text[: text.rindex(b'{"end"') - 10])
    left, lost = frames_of(folder)
    assert left == whole[:-1]
    assert "1 of 12 frames were not whole and it was cut off while it was recorded" in lost
    result = run_command("device", "replay", folder)
    assert (result.returncode, result.stdout.count("\n")) == (0, COUNT - 1)
    assert "warning: recording: 1 of 12" in result.stderr


def test_a_frame_that_is_damaged_costs_only_itself(folder: Path) -> None:
    whole, _ = frames_of(folder)
    entry = lines(folder)[5]
    content = bytearray((folder / PICTURES).read_bytes())
    content[entry["offset"] + 50 : entry["offset"] + 90] = bytes(40)
    (folder / PICTURES).write_bytes(content)
    left, lost = frames_of(folder)
    assert left == whole[:4] + whole[5:]
    assert lost == "recording: 1 of 12 frames were not whole; the rest was read"


@pytest.mark.parametrize(
    "fault",
    [
        {"bytes": None},
        {"offset": "a"},
        {"offset": -4},
        {"time": "a"},
        {"time": -1},
        {"crc32": 0.5},
        {"offset": 1 << 70},
    ],
)
def test_a_line_that_tells_no_frame_costs_only_itself(folder: Path, fault: dict[str, object]) -> None:
    whole, _ = frames_of(folder)
    entries = lines(folder)
    entries[5] |= fault
    (folder / SIDECAR).write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    left, lost = frames_of(folder)
    assert left == whole[:4] + whole[5:]
    assert lost == "recording: 1 of 12 frames were not whole; the rest was read"


def test_a_recording_of_a_recording_is_seen_as_that_was(tmp_path: Path) -> None:
    first = make(tmp_path, rotation=180)
    again = tmp_path / "again"
    record(Settings.read(None, camera=str(first), free_megabytes=0, rotation=180), again)
    one, other = (next(iter(frames_of(folder)[0]))[1] for folder in (first, again))
    assert np.abs(np.int_(np.frombuffer(one, np.uint8)) - np.frombuffer(other, np.uint8)).mean() < 3


def test_a_recording_that_is_killed_replays_up_to_there(drawn_recording: Path, tmp_path: Path) -> None:
    folder = tmp_path / "killed"
    words = ["record", "--camera", f"mock:{drawn_recording}", "--out", folder]
    with subprocess.Popen([sys.executable, "-m", "device", *map(str, words)], cwd=ROOT) as process:
        wait_for_frames(folder, 10)
        process.kill()
    left, lost = frames_of(folder)
    assert len(left) >= 9
    assert "it was cut off while it was recorded" in lost
    assert frames_of(folder) == (left, lost)


def wait_for_frames(folder: Path, count: int) -> None:
    deadline = time.monotonic() + 60
    while not (folder / SIDECAR).exists() or (folder / SIDECAR).read_text().count("\n") <= count:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_sigterm_ends_a_recording_whole(drawn_recording: Path, tmp_path: Path) -> None:
    folder = tmp_path / "stopped"
    words = ["record", "--camera", f"mock:{drawn_recording}", "--out", folder]
    with subprocess.Popen([sys.executable, "-m", "device", *map(str, words)], cwd=ROOT) as process:
        wait_for_frames(folder, 5)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert lines(folder)[-1]["end"] == "it was stopped"
    assert frames_of(folder)[1] == ""


def test_a_recording_is_bounded_by_time_and_size(drawn_recording: Path, tmp_path: Path) -> None:
    camera = str(drawn_recording)
    record(Settings(camera=camera, record_seconds=0.5, free_megabytes=0), tmp_path / "short")
    assert [lines(tmp_path / "short")[-1][key] for key in ("end", "frames")] == ["0.5 seconds are recorded", 10]
    record(Settings(camera=camera, record_megabytes=1, free_megabytes=0), tmp_path / "small")
    assert lines(tmp_path / "small")[-1]["end"] == "1 MB are written (record_megabytes)"
    assert 1_000_000 <= (tmp_path / "small" / PICTURES).stat().st_size < 1_050_000


def test_some_of_the_disk_stays_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    camera = str(film(tmp_path / "film.mkv"))
    with pytest.raises(HardwareError, match="nothing was recorded: less than 1000000 MB are free"):
        record(Settings(camera=camera, free_megabytes=1_000_000), tmp_path / "none")
    assert not (tmp_path / "none").exists()
    free = iter([9e9] * 4 + [1e6] * 99)
    monkeypatch.setattr("shutil.disk_usage", lambda place: type("Usage", (), {"free": next(free)}))
    record(Settings(camera=camera), tmp_path / "part")
    assert lines(tmp_path / "part")[-1] == {
        "end": "less than 500 MB are free on the disk (free_megabytes)",
        "frames": 3,
        "dropped": 0,
    }


def test_a_disk_that_is_full_is_one_line_and_what_was_written_replays(drawn_recording: Path, tmp_path: Path) -> None:
    # A file that may grow no more fails as one on a full disk does.
    program = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))\n"
        "from device.__main__ import main\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    words = ["record", "--camera", drawn_recording, "--out", tmp_path / "full"]
    command = [sys.executable, "-c", program, *map(str, words)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (result.returncode, len(error_lines(result))) == (1, 1), result.stderr
    assert "which can be replayed" in result.stderr
    left, lost = frames_of(tmp_path / "full")
    assert f"after {len(left)} frames" in result.stderr
    assert "cut off" in lost


def test_nothing_is_overwritten_and_photos_are_not_recorded(folder: Path, tmp_path: Path) -> None:
    before = (folder / PICTURES).read_bytes()
    camera = str(tmp_path / "film.mkv")
    for used in (folder, tmp_path / "film.mkv"):
        with pytest.raises(UsageError, match="is there already"):
            record(Settings(camera=camera), used)
    assert (folder / PICTURES).read_bytes() == before
    with pytest.raises(HardwareError, match="does not exist"):
        record(Settings(camera=camera, free_megabytes=0), tmp_path / "no" / "where")
    cv2.imwrite(str(tmp_path / "photo.png"), np.zeros((40, 40, 3), np.uint8))
    with pytest.raises(UsageError, match="photos are no recording"):
        record(Settings(camera=str(tmp_path / "photo.png"), free_megabytes=0), tmp_path / "out")


_VIEW = {"rotation": 0, "mirror": False, "region": ""}
_NO_RATE = json.dumps({MARK: 1, "camera": "c", "frames_per_second": 0, "settings": _VIEW}) + "\n"


@pytest.mark.parametrize("text", ["", "no json\n", "[]\n", '{"emotion_kiosk_recording": 1}\n', _NO_RATE])
def test_a_sidecar_that_is_none_is_named(folder: Path, text: str) -> None:
    (folder / SIDECAR).write_text(text)
    with pytest.raises(DataError, match="is not the header of a recording"):
        Recorded(folder)


def test_what_cannot_be_read_is_one_line_and_exit_2(folder: Path) -> None:
    header, *rest = (folder / SIDECAR).read_text().splitlines(keepends=True)
    (folder / SIDECAR).write_text(header.replace('recording": 1', 'recording": 2') + "".join(rest))
    with pytest.raises(DataError, match="is a recording of kind 2"):
        Recorded(folder)
    (folder / SIDECAR).write_text(header)
    result = run_command("device", "replay", folder)
    assert (result.returncode, len(error_lines(result))) == (2, 1)
    assert "holds no readable frame" in result.stderr
    (folder / PICTURES).unlink()
    with pytest.raises(DataError, match="cannot be read"):
        Recorded(folder).__enter__()
