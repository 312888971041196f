"""Recordings, photos and folders through the commands, as a user runs them."""

import itertools
import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from device.camera.make import Recording, Stills, open_camera
from device.errors import DataError, HardwareError, UsageError
from device.settings.settings import Settings
from tests.conftest import ROOT, error_lines, run_command
from tests.drawn import EXPRESSIONS, PEOPLE, portrait
from tests.drawn_film import CHANGE_SECONDS, FRAMES_PER_SECOND, SECONDS, STORY

FRAMES = int(SECONDS * FRAMES_PER_SECOND)


@pytest.fixture(scope="module")
def events(drawn_recording: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    path = tmp_path_factory.mktemp("events") / "events.jsonl"
    result = run_command("device", "run", "--camera", drawn_recording, "--events", path)
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in path.read_text().splitlines()]


def faces_near(event: dict, x: float) -> list[dict]:
    return [face for face in event["faces"] if abs(face["box"][0] + face["box"][2] / 2 - x) < 60]


def test_every_frame_gives_one_event_with_its_time(events: list[dict]) -> None:
    assert [event["frame"] for event in events] == list(range(FRAMES))
    assert [event["time"] for event in events] == pytest.approx(np.arange(FRAMES) / FRAMES_PER_SECOND, abs=0.002)
    for event in events:
        assert set(event) == {"frame", "time", "faces", "ms"}
        areas = [face["box"][2] * face["box"][3] for face in event["faces"]]
        assert areas == sorted(areas, reverse=True)
        for face in event["faces"]:
            assert face["scores"] is None or sum(face["scores"].values()) == pytest.approx(1, abs=1e-4)
            assert (face["emotion"] is None) == ("unsure" in face)


def test_the_faces_are_found_where_they_were_drawn_and_nowhere_else(events: list[dict]) -> None:
    found = [faces_near(event, a.x) for event in events for a in STORY if a.start <= event["time"] < a.end]
    assert np.mean([len(faces) == 1 for faces in found]) > 0.97
    held = Settings().hold_seconds
    empty = [event for event in events if not any(a.start <= event["time"] < a.end + held + 0.05 for a in STORY)]
    assert len(empty) > 20
    assert sum(len(event["faces"]) for event in empty) == 0


def test_the_drawn_expressions_are_read(events: list[dict]) -> None:
    """Away from the changes, each face's steady label is the expression that was drawn."""
    for appearance in STORY:
        right = []
        for event in events:
            settled = all(not 0 <= event["time"] - second < 2 * CHANGE_SECONDS + 0.3 for second, _ in appearance.moods)
            if appearance.start <= event["time"] < appearance.end and settled:
                drawn = appearance.mood(event["time"])[1]
                right += [face["emotion"] == drawn for face in faces_near(event, appearance.x)]
        assert np.mean(right) > 0.9, appearance


def test_each_person_keeps_one_number(events: list[dict]) -> None:
    for appearance in STORY:
        ids = {
            face["id"]
            for e in events
            if appearance.start <= e["time"] < appearance.end
            for face in faces_near(e, appearance.x)
        }
        assert len(ids) == 1


def test_what_a_person_reads_on_the_console(drawn_recording: Path) -> None:
    result = run_command("device", "run", "--camera", drawn_recording)
    assert "drawn_faces.mp4: 640x480, 20 frames a second" in result.stdout
    assert "face 1  neutral" in result.stdout
    assert "face 1  happy" in result.stdout
    assert f"{FRAMES} frames, a face in" in result.stdout


def test_events_on_stdout_leave_it_to_events(drawn_recording: Path) -> None:
    result = run_command("device", "run", "--camera", drawn_recording, "--events", "-")
    assert len([json.loads(line) for line in result.stdout.splitlines()]) == FRAMES


def test_the_annotated_video_and_the_contact_sheet_are_whole(drawn_recording: Path, tmp_path: Path) -> None:
    video, sheet = tmp_path / "out.mp4", tmp_path / "sheet.png"
    result = run_command("device", "run", "--camera", drawn_recording, "--display", video, "--display", sheet)
    assert result.returncode == 0, result.stderr
    with Recording(video) as written:
        frames = list(written)
    assert len(frames) == FRAMES
    assert frames[60].image.shape == (480, 640, 3)
    original = next(frame for frame in Recording(drawn_recording).__enter__() if frame.index == 60)
    assert np.abs(frames[60].image.astype(int) - original.image).max() > 60  # something was drawn
    assert cv2.imread(str(sheet)).shape == (3 * 262, 4 * 320, 3)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.mp4", "sheet.png"]


def test_replay_reads_the_same_each_time(drawn_recording: Path, tmp_path: Path) -> None:
    golden = tmp_path / "golden.jsonl"
    assert run_command("device", "replay", drawn_recording, "--write-golden", golden).returncode == 0
    again = run_command("device", "replay", drawn_recording, "--expect", golden)
    assert (again.returncode, again.stdout) == (0, "")
    events = [json.loads(line) for line in golden.read_text().splitlines()]
    assert all("ms" not in event for event in events)
    events[50]["faces"] = []
    golden.write_text("".join(json.dumps(event) + "\n" for event in events))
    changed = run_command("device", "replay", drawn_recording, "--expect", golden)
    assert (changed.returncode, len(error_lines(changed))) == (3, 1)
    assert "frame 50: 1 faces instead of 0" in changed.stderr


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    cv2.imwrite(str(folder / "a_happy.png"), portrait(EXPRESSIONS["happy"], PEOPLE[1], 320))
    cv2.imwrite(str(folder / "b_nobody.jpg"), np.full((200, 300, 3), 120, np.uint8))
    cv2.imwrite(str(folder / "c_surprise.png"), portrait(EXPRESSIONS["surprise"], PEOPLE[2], 400))
    return folder


def test_photos_are_read_each_by_itself(photos: Path) -> None:
    result = run_command("device", "replay", photos)
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert [[face["emotion"] for face in event["faces"]] for event in events] == [["happy"], [], ["surprise"]]
    assert [face["id"] for event in events for face in event["faces"]] == [1, 1]
    for face in (face for event in events for face in event["faces"]):
        assert face["confidence"] == pytest.approx(max(face["scores"].values()), abs=1e-4)  # unsmoothed
    console = run_command("device", "run", "--camera", photos).stdout
    assert "b_nobody.jpg" in console
    assert "no face" in console


def test_an_unreadable_photo_costs_only_itself(photos: Path) -> None:
    (photos / "b_broken.png").write_bytes(b"not a picture")
    (photos / "notes.txt").write_text("not a photo either")
    result = run_command("device", "replay", photos)
    assert result.returncode == 0
    assert len(result.stdout.splitlines()) == 3
    assert "1 of 4 photos could not be read (b_broken.png)" in result.stderr
    alone = run_command("device", "run", "--camera", photos / "b_broken.png")
    assert (alone.returncode, len(error_lines(alone))) == (2, 1)


def test_a_gif_is_read_with_its_times(tmp_path: Path) -> None:
    from_pillow = pytest.importorskip("PIL.Image", reason="Pillow writes the GIF")
    frames = [
        from_pillow.fromarray(portrait(EXPRESSIONS[name])[..., ::-1]) for name in ("neutral", "happy", "surprise")
    ]
    frames[0].save(tmp_path / "face.gif", save_all=True, append_images=frames[1:], duration=200, loop=0)
    with Recording(tmp_path / "face.gif") as recording:
        assert [frame.time for frame in recording] == pytest.approx([0, 0.2, 0.4])


def cut(source: Path, target: Path, share: float) -> Path:
    content = source.read_bytes()
    target.write_bytes(content[: int(len(content) * share)])
    return target


@pytest.fixture(scope="module")
def streamed(drawn_recording: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recording in Matroska, which is readable up to where it was cut off."""
    path = tmp_path_factory.mktemp("streamed") / "film.mkv"
    with Recording(drawn_recording) as recording:
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), FRAMES_PER_SECOND, (640, 480))
        for frame in recording:
            writer.write(frame.image)
        writer.release()
    return path


def test_a_video_that_ends_early_gives_what_it_has_and_says_so(streamed: Path, tmp_path: Path) -> None:
    result = run_command("device", "replay", cut(streamed, tmp_path / "cut.mkv", 0.5))
    read = len(result.stdout.splitlines())
    assert result.returncode == 0
    assert 0.4 * FRAMES < read < 0.6 * FRAMES
    assert f"{FRAMES - read} of {FRAMES} frames were broken or missing" in result.stderr


def test_broken_frames_in_the_middle_cost_only_themselves(streamed: Path, tmp_path: Path) -> None:
    content = bytearray(streamed.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 60000] = bytes(60000)
    (tmp_path / "holed.mkv").write_bytes(content)
    result = run_command("device", "replay", tmp_path / "holed.mkv")
    events = [json.loads(line) for line in result.stdout.splitlines()]
    lost = FRAMES - len(events)
    assert result.returncode == 0
    assert 0 < lost < 20
    assert f"{lost} of {FRAMES} frames were broken or missing" in result.stderr
    assert events[-1]["time"] == pytest.approx(SECONDS - 1 / FRAMES_PER_SECOND, abs=0.06)  # time goes on over the hole


def test_a_whole_video_loses_nothing(streamed: Path) -> None:
    with Recording(streamed) as recording:
        assert len(list(recording)) == FRAMES
        assert recording.lost() == ""


@pytest.mark.parametrize("content", [b"", b"this is no film", "first half"])
def test_what_is_no_video_is_one_line_and_exit_2(drawn_recording: Path, tmp_path: Path, content: bytes | str) -> None:
    path = tmp_path / "film.mp4"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        cut(drawn_recording, path, 0.5)  # the index stood at the end
    result = run_command("device", "run", "--camera", path)
    assert (result.returncode, len(error_lines(result)), result.stdout) == (2, 1, "")
    assert str(path) in result.stderr


def test_cameras_that_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(UsageError, match="no such camera or file"):
        open_camera(Settings(camera="nothing.mp4"))
    with pytest.raises(UsageError, match="neither a video"):
        open_camera(Settings(camera=str(tmp_path / "notes.txt")))
    with pytest.raises(DataError, match="holds no photo"):
        open_camera(Settings(camera=str(tmp_path / "empty"))).__enter__()
    if not Path("/dev/video77").exists():
        with pytest.raises(HardwareError, match="no camera /dev/video77"):
            open_camera(Settings(camera="/dev/video77")).__enter__()
        assert run_command("device", "run", "--camera", "/dev/video77").returncode == 1


def test_loop_starts_again_and_time_goes_on(photos: Path, drawn_recording: Path) -> None:
    for camera in (Stills(photos, loop=True), Recording(drawn_recording, loop=True)):
        with camera:
            length = 3 if isinstance(camera, Stills) else FRAMES
            frames = [frame for _, frame in zip(range(length + 2), camera, strict=False)]
        assert [frame.index for frame in frames] == list(range(length + 2))
        assert all(one.time < two.time for one, two in itertools.pairwise(frames))
        assert (frames[length].image == frames[0].image).all()


def test_realtime_takes_as_long_as_the_recording(tmp_path: Path) -> None:
    writer = cv2.VideoWriter(str(tmp_path / "a.mkv"), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48))
    for _ in range(10):
        writer.write(np.zeros((48, 64, 3), np.uint8))
    writer.release()
    started = time.monotonic()
    with Recording(tmp_path / "a.mkv", pace="realtime") as recording:
        assert len(list(recording)) == 10
    assert time.monotonic() - started > 0.85  # the last frame comes after 0.9 s; stamps are whole milliseconds


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
    with Recording(tmp_path / "o.mp4") as written:
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


def test_thin_and_tiny_photos_are_drawn_too(tmp_path: Path) -> None:
    for number, shape in enumerate([(1, 3000, 3), (3000, 1, 3), (1, 1, 3)]):
        cv2.imwrite(str(tmp_path / "thin.png"), np.zeros(shape, np.uint8))
        outputs = ["--display", tmp_path / f"o{number}.mp4", "--display", tmp_path / f"o{number}.png"]
        result = run_command("device", "run", "--camera", tmp_path / "thin.png", *outputs)
        assert result.returncode == 0, result.stderr


def test_a_colon_in_a_name_is_no_protocol(drawn_recording: Path, tmp_path: Path) -> None:
    shutil.copy(drawn_recording, tmp_path / "12:30.mp4")
    result = run_command("device", "run", "--camera", "12:30.mp4", "--display", "x:y.mp4", cwd=tmp_path)
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
