"""Every display: one contract for all, then what each one shows, and what a screen that fails costs."""

import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from device.contract import Box, Face, Frame, Reading
from device.drawing.fitting import annotate
from device.drawing.overlay import COLOURS
from device.errors import UsageError
from device.outputs.make import is_screen, open_display
from device.outputs.video_file import VideoFile
from device.screen.auto import Surroundings, choose, look
from device.screen.rate import Rate
from device.screen.sdl import whole_screen
from tests.conftest import error_lines, run_command
from tests.device.screens import FACE, children, frame_of, reading_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="screens need Linux")


@pytest.mark.parametrize("name", ["none", "auto", "window", "drm", "fb", "/dev/fb7", "film.mp4", "sheet.png"])
def test_every_display_takes_every_frame(
    name: str, tmp_path: Path, dummy: None, capfd: pytest.CaptureFixture[str]
) -> None:
    before = children()
    sizes = [(640, 480), (640, 480), (1, 1), (1280, 720), (33, 301)]
    faces = [(), (FACE,), (FACE, FACE), (Face(2, Box(-50, -9, 80, 80), None, 0.3, None, "too dark"),), ()]
    path = name if name == "none" or is_screen(name) else str(tmp_path / name)
    with open_display(path, 20.0) as display:
        for index, ((width, height), found) in enumerate(zip(sizes, faces, strict=True)):
            image = np.full((height, width, 3), 40 * index, np.uint8)
            image[:, ::2] = 255
            frame = frame_of(image[:, ::-1] if index == 3 else image, index)  # one that is not contiguous
            kept = frame.image.copy()
            display.show(frame, reading_of(*found, index=index))
            assert (frame.image == kept).all()
            time.sleep(0.3 if name == "window" else 0)
    assert children() == before
    assert len(capfd.readouterr().err.splitlines()) <= is_screen(name)
    assert is_screen(name) or name == "none" or Path(path).exists()


@pytest.mark.parametrize(
    ("times", "pictures"),
    [
        ([0.0, 0.1, 0.2, 0.3], [0, 1, 2, 3]),
        ([5.0, 5.11, 5.19, 5.31], [0, 1, 2, 3]),  # not quite even
        ([0.0, 0.3, 0.6], [0, 0, 0, 1, 1, 1, 2]),  # left out, while nobody is there
        ([0.0, 60.0], [0] + 10 * [0] + [1]),  # hours of rest are not shown
        ([0.0, 0.05, 0.1, 0.5], [0, 1, 2, 2, 2, 3]),  # a camera faster than it says
    ],
)
def test_a_video_lasts_as_long_as_what_was_seen(tmp_path: Path, times: list[float], pictures: list[int]) -> None:
    with VideoFile(tmp_path / "o.mp4", 10.0) as video:
        for shade, time in enumerate(times):
            image = np.full((48, 64, 3), 40 + 50 * shade, np.uint8)
            video.show(Frame(shade, time, image[..., 0], image), Reading(shade, time, ()))
    film = cv2.VideoCapture(str(tmp_path / "o.mp4"))
    seen = [round((film.read()[1].mean() - 40) / 50) for _ in range(int(film.get(cv2.CAP_PROP_FRAME_COUNT)))]
    assert seen == pictures


def test_a_display_of_no_known_kind_is_a_usage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("cinema", "/dev/video0", "a.gif", ""):
        with pytest.raises(UsageError, match="none, auto, window, drm, fb"):
            open_display(name, 20.0)
    monkeypatch.setattr("device.outputs.make.look", lambda: Surroundings(True, True, True, pygame=False))
    for name in ("window", "drm"):
        with pytest.raises(UsageError, match="pip install pygame-ce"):
            open_display(name, 20.0)


@pytest.mark.parametrize(
    ("around", "screen_name"),
    [
        (Surroundings(desktop=True, connected=True, framebuffer=True, pygame=True), "window"),
        (Surroundings(desktop=False, connected=True, framebuffer=True, pygame=True), "drm"),
        (Surroundings(desktop=False, connected=False, framebuffer=True, pygame=True), "fb"),
        (Surroundings(desktop=True, connected=True, framebuffer=True, pygame=False), "fb"),
        (Surroundings(desktop=True, connected=True, framebuffer=False, pygame=False), "none"),
        (Surroundings(desktop=False, connected=False, framebuffer=False, pygame=True), "none"),
    ],
)
def test_auto_is_the_best_screen_there_is(around: Surroundings, screen_name: str) -> None:
    assert choose(around) == screen_name


def test_the_surroundings_are_read_from_the_environment_and_sysfs(tmp_path: Path) -> None:
    assert look({}, tmp_path) == Surroundings(False, False, False, look().pygame)
    assert look({"DISPLAY": ":0"}, tmp_path).desktop
    assert look({"WAYLAND_DISPLAY": "wayland-0"}, tmp_path).desktop
    for folder in ("dev/dri", "sys/class/drm/card1-HDMI-A-1", "sys/class/drm/card1-HDMI-A-2"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "dev/dri/card1").touch()
    for connector, status in (("A-1", "disconnected"), ("A-2", "disconnected")):
        (tmp_path / f"sys/class/drm/card1-HDMI-{connector}/status").write_text(f"{status}\n")
    assert not look({}, tmp_path).connected
    (tmp_path / "sys/class/drm/card1-HDMI-A-2/status").write_text("connected\n")
    assert look({}, tmp_path).connected
    (tmp_path / "dev/fb0").touch()
    assert look({}, tmp_path).framebuffer


def test_a_screen_larger_than_full_hd_is_driven_at_full_hd() -> None:
    modes = [(3840, 2160), (1920, 1080), (1280, 720)]
    assert whole_screen((3840, 2160), modes) == (1920, 1080)
    assert whole_screen((1280, 1024), modes) == (1280, 1024)
    assert whole_screen((3840, 2160), [(3840, 2160)]) == (3840, 2160)


def test_pictures_keep_their_proportions_on_every_screen() -> None:
    image = np.full((480, 640, 3), 90, np.uint8)
    wide = annotate(image, reading_of(Face(1, Box(160, 240, 80, 80), "happy", 0.9, None)), (1280, 720))
    assert (wide[:, :160] == 0).all()
    assert (wide[:, 1120:] == 0).all()
    assert (wide[0, 160:1120] == 90).all()
    rows, columns = np.nonzero((wide == COLOURS["happy"]).all(axis=2)[380:, 160:1120])
    assert abs(columns.min() - 240) <= 3  # 1.5 times the box, from the picture's own corner
    assert abs(rows.max() + 380 - 480) <= 3
    tall = annotate(image, reading_of(), (480, 800))
    assert (np.nonzero(tall.any(axis=(1, 2)))[0][[0, -1]] == (220, 579)).all()


def test_a_screen_is_no_file_that_is_overwritten(drawn_recording: Path) -> None:
    result = run_command("device", "run", "--camera", drawn_recording, "--display", "fb", "--check")
    assert (result.returncode, error_lines(result)) == (0, [])


def test_the_rate_follows_within_seconds() -> None:
    rate, now = Rate(), 0.0
    assert rate() is None
    for interval, frames in ((0.1, 40), (0.02, 400)):
        for _ in range(frames):
            rate.count(now)
            now += interval
        assert rate() == pytest.approx(1 / interval, rel=0.02)
