"""Which camera a name means, and all of them over and over."""

import itertools
from pathlib import Path

import pytest

from device.camera.make import make_camera
from device.camera.photos import Photos
from device.camera.video import Video
from device.errors import DataError, HardwareError, UsageError
from device.settings.settings import Settings
from tests.conftest import run_command
from tests.drawn_film import FRAMES_PER_SECOND, SECONDS

FRAMES = int(SECONDS * FRAMES_PER_SECOND)


def test_cameras_that_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(UsageError, match="no such camera or file"):
        make_camera(Settings(camera="nothing.mp4"))
    with pytest.raises(UsageError, match="neither a video"):
        make_camera(Settings(camera=str(tmp_path / "notes.txt")))
    with pytest.raises(DataError, match="holds no photo"):
        make_camera(Settings(camera=str(tmp_path / "empty"))).__enter__()
    if not Path("/dev/video77").exists():
        with pytest.raises(HardwareError, match="no camera /dev/video77"):
            make_camera(Settings(camera="/dev/video77")).__enter__()
        assert run_command("device", "run", "--camera", "/dev/video77").returncode == 1


def test_loop_starts_again_and_time_goes_on(photos: Path, drawn_recording: Path) -> None:
    for camera in (Photos(photos, loop=True), Video(drawn_recording, loop=True)):
        with camera:
            length = 3 if isinstance(camera, Photos) else FRAMES
            frames = [frame for _, frame in zip(range(length + 2), camera, strict=False)]
        assert [frame.index for frame in frames] == list(range(length + 2))
        assert all(one.time < two.time for one, two in itertools.pairwise(frames))
        assert (frames[length].image == frames[0].image).all()
