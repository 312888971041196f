"""Every display: one contract for all, then what each one shows, and what a screen that fails costs."""

import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from device.camera.video import Video
from device.contract import Box, Face
from device.errors import UsageError
from device.outputs.make import check_outputs, make_outputs
from device.outputs.outputs import Outputs
from device.reading.tally import Tally
from device.screen import auto
from device.screen.auto import Surroundings
from device.settings.forms import is_screen
from device.settings.settings import Settings
from tests.conftest import error_lines, run_command
from tests.device.screens import FACE, children, frame_of, reading_of
from tests.drawn_film import FRAMES_PER_SECOND, SECONDS

FRAMES = int(SECONDS * FRAMES_PER_SECOND)
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="screens need Linux")


@pytest.mark.parametrize("name", ["none", "auto", "window", "drm", "fb", "/dev/fb7", "film.mp4", "sheet.png"])
@pytest.mark.once
def test_every_display_takes_every_frame(
    name: str, tmp_path: Path, dummy: None, capfd: pytest.CaptureFixture[str]
) -> None:
    before = children()
    sizes = [(640, 480), (640, 480), (1, 1), (1280, 720), (33, 301)]
    faces = [(), (FACE,), (FACE, FACE), (Face(2, Box(-50, -9, 80, 80), None, 0.3, None, "too dark"),), ()]
    path = name if name == "none" or is_screen(name) else str(tmp_path / name)
    settings = Settings(display=(path,))
    with Outputs(make_outputs(settings, Tally(), lambda: 20.0, lambda: None)) as display:
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


@pytest.mark.once
def test_a_display_of_no_known_kind_is_a_usage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("cinema", "/dev/video0", "a.gif", ""):
        with pytest.raises(UsageError, match="none, auto, window, drm, fb"):
            Settings(display=(name,))
    monkeypatch.setattr(auto, "surroundings", lambda: Surroundings(True, True, True, pygame=False))
    for name in ("window", "drm"):
        with pytest.raises(UsageError, match="pip install pygame-ce"):
            check_outputs(Settings(display=(name,)))


@pytest.mark.once
def test_a_screen_is_no_file_that_is_overwritten(drawn_recording: Path) -> None:
    result = run_command("device", "run", "--camera", drawn_recording, "--display", "fb", "--check")
    assert (result.returncode, error_lines(result)) == (0, [])


def test_the_annotated_video_and_the_contact_sheet_are_whole(drawn_recording: Path, tmp_path: Path) -> None:
    video, sheet = tmp_path / "out.mp4", tmp_path / "sheet.png"
    result = run_command("device", "run", "--camera", drawn_recording, "--display", video, "--display", sheet)
    assert result.returncode == 0, result.stderr
    with Video(video) as written:
        frames = list(written)
    assert len(frames) == FRAMES
    assert frames[60].image.shape == (480, 640, 3)
    original = next(frame for frame in Video(drawn_recording).__enter__() if frame.index == 60)
    assert np.abs(frames[60].image.astype(int) - original.image).max() > 60  # something was drawn
    assert cv2.imread(str(sheet)).shape == (3 * 262, 4 * 320, 3)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.mp4", "sheet.png"]


def test_thin_and_tiny_photos_are_drawn_too(tmp_path: Path) -> None:
    for number, shape in enumerate([(1, 3000, 3), (3000, 1, 3), (1, 1, 3)]):
        cv2.imwrite(str(tmp_path / "thin.png"), np.zeros(shape, np.uint8))
        outputs = ["--display", tmp_path / f"o{number}.mp4", "--display", tmp_path / f"o{number}.png"]
        result = run_command("device", "run", "--camera", tmp_path / "thin.png", *outputs)
        assert result.returncode == 0, result.stderr
