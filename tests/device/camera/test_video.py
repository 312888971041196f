"""Recordings that are whole, cut off, full of holes, or none."""

import json
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from device.camera.video import Video
from tests import needs
from tests.conftest import error_lines, run_command
from tests.drawn import EXPRESSIONS, portrait
from tests.drawn_film import FRAMES_PER_SECOND, SECONDS

FRAMES = int(SECONDS * FRAMES_PER_SECOND)


@pytest.mark.once
def test_a_gif_is_read_with_its_times(tmp_path: Path) -> None:
    from_pillow = needs.module("PIL.Image", pip="pillow")
    frames = [
        from_pillow.fromarray(portrait(EXPRESSIONS[name])[..., ::-1]) for name in ("neutral", "happy", "surprise")
    ]
    frames[0].save(tmp_path / "face.gif", save_all=True, append_images=frames[1:], duration=200, loop=0)
    with Video(tmp_path / "face.gif") as recording:
        assert [frame.time for frame in recording] == pytest.approx([0, 0.2, 0.4])


def cut(source: Path, target: Path, share: float) -> Path:
    content = source.read_bytes()
    target.write_bytes(content[: int(len(content) * share)])
    return target


@pytest.fixture(scope="module")
def streamed(drawn_recording: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recording in Matroska, which is readable up to where it was cut off."""
    path = tmp_path_factory.mktemp("streamed") / "film.mkv"
    with Video(drawn_recording) as recording:
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
    with Video(streamed) as recording:
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


def test_realtime_takes_as_long_as_the_recording(tmp_path: Path) -> None:
    writer = cv2.VideoWriter(str(tmp_path / "a.mkv"), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48))
    for _ in range(10):
        writer.write(np.zeros((48, 64, 3), np.uint8))
    writer.release()
    started = time.monotonic()
    with Video(tmp_path / "a.mkv", pace="realtime") as recording:
        assert len(list(recording)) == 10
    assert time.monotonic() - started > 0.85  # the last frame comes after 0.9 s; stamps are whole milliseconds
