"""Recordings that are whole, cut off, full of holes, or none."""

import json
import shutil
import struct
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from device.camera.make import make_camera
from device.camera.video import Video
from device.errors import DataError
from device.settings.settings import Settings
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


def write_film(path: Path, frames: int = 30, rate: float = 10) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), rate, (64, 48))
    for number in range(frames):
        writer.write(np.full((48, 64, 3), 8 * number, np.uint8))
    writer.release()
    return path


def element(name: int, content: bytes) -> bytes:
    """One of Matroska's, with a length of four bytes."""
    return name.to_bytes((name.bit_length() + 7) // 8, "big") + struct.pack(">I", len(content) | 1 << 28) + content


def matroska(times: list[int], default_ms: int, end_ms: int) -> bytes:
    """A whole film of JPEGs at `times`, milliseconds, that says it has one each `default_ms` and lasts to `end_ms`."""
    picture = cv2.imencode(".jpg", np.full((48, 64, 3), 90, np.uint8))[1].tobytes()
    number = {1: "B", 2: ">H", 4: ">I"}
    uint = lambda name, value, size=4: element(name, struct.pack(number[size], value))  # noqa: E731
    video = element(0xE0, uint(0xB0, 64) + uint(0xBA, 48))
    track = uint(0xD7, 1) + uint(0x73C5, 1) + uint(0x83, 1) + element(0x86, b"V_MJPEG")
    track += uint(0x23E383, default_ms * 1_000_000) + video
    info = uint(0x2AD7B1, 1_000_000) + element(0x4489, struct.pack(">d", end_ms))
    blocks = b"".join(element(0xA3, b"\x81" + struct.pack(">h", at) + b"\x80" + picture) for at in times)
    body = element(0x1549A966, info) + element(0x1654AE6B, element(0xAE, track))
    body += element(0x1F43B675, uint(0xE7, 0) + blocks)
    return element(0x1A45DFA3, element(0x4282, b"matroska") + uint(0x4287, 4) + uint(0x4285, 2)) + element(
        0x18538067, body
    )


@pytest.mark.parametrize(
    "times",
    [
        [0, 16, 33, 50, 150, 166, 400, 416, 433, 900],  # a screen that was recorded when something moved
        [0],  # the cover picture of a sound file
    ],
)
def test_a_film_of_a_rate_that_varies_has_lost_nothing(tmp_path: Path, times: list[int]) -> None:
    content = matroska(times, 16, 1000)
    (tmp_path / "phone.mkv").write_bytes(content)
    with Video(tmp_path / "phone.mkv") as recording:
        assert len(list(recording)) == len(times)
        assert recording.lost() == ""


def test_a_film_of_a_rate_that_varies_that_is_cut_off_says_so(tmp_path: Path) -> None:
    (tmp_path / "phone.mkv").write_bytes(matroska([0, 16, 150, 166, 900], 16, 1000)[:-100])
    with Video(tmp_path / "phone.mkv") as recording:
        assert len(list(recording)) == 4
        assert "the file is cut off" in recording.lost()


@pytest.mark.parametrize("suffix", [".avi", ".mp4"])
def test_whole_containers_have_lost_nothing_and_cut_ones_have(tmp_path: Path, suffix: str) -> None:
    film = write_film(tmp_path / f"film{suffix}")
    with Video(film) as recording:
        assert len(list(recording)) == 30
        assert recording.lost() == ""
    if suffix == ".avi":  # an MP4 has its index at the end
        with Video(cut(film, tmp_path / "cut.avi", 0.6)) as recording:
            assert 5 < len(list(recording)) < 25
            assert "the file is cut off" in recording.lost()


@pytest.mark.parametrize(("across", "down"), [(4, 3), (10, 11), (1, 1), (0, 0)])
def test_pixels_that_are_not_square_are_made_so(tmp_path: Path, across: int, down: int) -> None:
    picture = cv2.imencode(".jpg", np.full((120, 160, 3), 90, np.uint8))[1].tobytes()
    at = picture.index(b"JFIF\0") + 7
    stored = picture[:at] + struct.pack(">BHH", 0, across, down) + picture[at + 5 :]
    (tmp_path / "television.mjpeg").write_bytes(5 * stored)
    wanted = {(4, 3): (213, 120), (10, 11): (160, 132)}.get((across, down), (160, 120))
    with Video(tmp_path / "television.mjpeg") as recording:
        assert f"{wanted[0]}x{wanted[1]}, " in recording.describe()
        assert {frame.image.shape[1::-1] for frame in recording} == {wanted}


@pytest.mark.parametrize(
    ("suffix", "codec"), [(".flv", "FLV1"), (".m2ts", "MPG2"), (".mts", "MPG2"), (".mpg", "MPG1"), (".wmv", "WMV2")]
)
def test_films_of_camcorders_and_old_programs_are_read_under_any_name(tmp_path: Path, suffix: str, codec: str) -> None:
    film = tmp_path / f"film{suffix}"
    writer = cv2.VideoWriter(str(film), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*codec), 25, (176, 144))
    for number in range(20):
        writer.write(np.full((144, 176, 3), 8 * number, np.uint8))
    writer.release()
    for name in (film, Path(shutil.copy(film, film.with_suffix(".bak")))):
        with make_camera(Settings(camera=str(name))) as camera:
            assert len(list(camera)) == 20
            assert camera.lost() == ""


def test_a_film_is_known_by_its_content(tmp_path: Path) -> None:
    picture = cv2.imencode(".jpg", np.full((48, 64, 3), 90, np.uint8))[1].tobytes()
    (tmp_path / "pi.mjpeg").write_bytes(3 * picture)
    film = write_film(tmp_path / "film.mkv").read_bytes()
    for name in ("film.MKV_old", "film", "film.jpg", "film.h264"):
        (tmp_path / name).write_bytes(film)
    for name, frames in (("pi.mjpeg", 3), ("film.MKV_old", 30), ("film", 30), ("film.jpg", 30), ("film.h264", 30)):
        with make_camera(Settings(camera=str(tmp_path / name))) as camera:
            assert len(list(camera)) == frames


def test_a_film_that_may_not_be_read_is_not_called_cut_off(tmp_path: Path, stranger: Callable) -> None:
    film = write_film(tmp_path / "film.mp4")
    film.chmod(0)
    with stranger(), pytest.raises(DataError, match=r"film.mp4: cannot be read \(Permission denied\)"):
        make_camera(Settings(camera=str(film))).__enter__()
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(DataError, match="is empty"):
        Video(tmp_path / "empty.mp4").__enter__()
