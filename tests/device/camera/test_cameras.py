"""One contract for every camera."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from device.camera.driver import Wanted
from device.camera.make import make_camera
from device.camera.names import is_live
from device.camera.recorder import Recorder
from device.errors import UsageError
from device.process.driver_thread import a_driver_hangs
from device.settings.settings import Settings
from tests.scenes import BLUE, GREEN, HEIGHT, RED, WHITE, WIDTH, a_pi, config, film, scene, settings


def recorded(folder: Path) -> Path:
    writer = Recorder(folder, Settings(free_megabytes=0))
    with writer, make_camera(Settings(camera=str(film(folder.with_suffix(".mkv"))))) as camera:
        writer.begin(camera)
        for frame in camera:
            writer.write(frame.time, frame.image)
        writer.end("the camera ended", 0)
    return folder


def photos(folder: Path) -> Path:
    folder.mkdir()
    for number in range(8):
        cv2.imwrite(str(folder / f"{number}.png"), scene())
    return folder


CAMERAS: dict[str, Callable[[Path], str]] = {
    "recording": lambda folder: str(film(folder / "film.mkv")),
    "photos": lambda folder: str(photos(folder / "photos")),
    "recorded": lambda folder: str(recorded(folder / "recorded")),
    "mock": lambda folder: f"mock:{film(folder / 'film.mkv')}",
    "picamera2": lambda folder: "picamera2",
}


@pytest.fixture(params=[*CAMERAS, "webcam"])
def camera(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of each kind of camera in turn; all but the webcam see the scene."""
    if request.param == "webcam":
        if not Path("/dev/video0").exists():
            pytest.skip("no /dev/video0 here")
        return "/dev/video0"
    a_pi(monkeypatch, tmp_path)
    return CAMERAS[request.param](tmp_path)


def test_every_camera_keeps_the_contract(camera: str) -> None:
    with make_camera(settings(camera)) as source:
        assert source.frames_per_second > 0
        assert source.describe().count("\n") == 0
        frames = [frame for _, frame in zip(range(8), source, strict=False)]
    assert len(frames) >= 5
    assert [frame.index for frame in frames] == list(range(len(frames)))
    times = [frame.time for frame in frames]
    assert times[0] == 0
    assert times == sorted(set(times))
    for frame in frames:
        height, width = frame.grey.shape
        assert frame.image.shape == (height, width, 3)
        assert frame.grey.dtype == frame.image.dtype == np.uint8
        assert frame.grey.flags.c_contiguous
        assert frame.image.flags.c_contiguous
    assert source.lost() == ""
    assert not a_driver_hangs()


# Where blue, green, red and white (as they stand in the scene) are to be seen: above left, above right, below left and
# below right.
TURNS = {
    (0, False): (BLUE, GREEN, RED, WHITE),
    (90, False): (RED, BLUE, WHITE, GREEN),
    (180, False): (WHITE, RED, GREEN, BLUE),
    (270, False): (GREEN, WHITE, BLUE, RED),
    (0, True): (GREEN, BLUE, WHITE, RED),
    (90, True): (BLUE, RED, GREEN, WHITE),
}


# Not the webcam, for what it sees is not known, nor what was recorded, which says itself how it is to be seen.
@pytest.mark.parametrize("camera", ["recording", "photos", "mock", "picamera2"], indirect=True)
@pytest.mark.parametrize(("rotation", "mirror"), TURNS)
def test_every_camera_is_turned_and_mirrored_alike(camera: str, rotation: int, mirror: bool) -> None:
    with make_camera(settings(camera, rotation=rotation, mirror=mirror)) as source:
        frame = next(iter(source))
    height, width = frame.grey.shape
    assert (width, height) == ((WIDTH, HEIGHT) if rotation in (0, 180) else (HEIGHT, WIDTH))
    seen = [frame.image[y * height // 4, x * width // 4] for y in (1, 3) for x in (1, 3)]
    assert np.abs(np.int_(seen) - TURNS[rotation, mirror]).max() < 30
    grey = cv2.cvtColor(frame.image, cv2.COLOR_BGR2GRAY)
    assert np.abs(grey.astype(int) - frame.grey).mean() < 1


@pytest.mark.parametrize("rotation", [0, 90])
def test_a_region_is_cut_from_the_picture_as_it_is_seen(tmp_path: Path, rotation: int) -> None:
    region = "20x30+4+2"
    camera = str(film(tmp_path / "film.mkv"))
    with make_camera(settings(camera, rotation=rotation)) as whole:
        expected = next(iter(whole)).image[2:32, 4:24]
    with make_camera(settings(camera, rotation=rotation, region=region)) as source:
        frame = next(iter(source))
        assert "cut to" in source.describe()
    assert (frame.image == expected).all()
    assert frame.grey.shape == (30, 20)


@pytest.mark.parametrize("region", ["20x30", "0x10+0+0", "a", "20x30-1+0", "20x30+90+0"])
def test_a_region_that_is_none_is_named(tmp_path: Path, region: str) -> None:
    with (
        pytest.raises(UsageError, match="region"),
        make_camera(settings(str(film(tmp_path / "film.mkv")), region=region)) as source,
    ):
        next(iter(source))


def test_names_of_live_cameras() -> None:
    for name in ("0", "/dev/video2", "/dev/v4l/by-id/usb-cam", "picamera2", "picamera2:1", "mock:film.mp4"):
        assert is_live(name), name
    for name in ("film.mp4", "picamera2.mp4", "/dev/null", "photos/"):
        assert not is_live(name), name


def test_what_a_camera_gives_is_said_where_it_differs() -> None:
    wanted = Wanted(640, 480, 30, "MJPG")
    assert wanted.given(640, 480, 30, "MJPG") == "640x480 MJPG, 30 frames a second"
    said = wanted.given(800, 600, 15, "YUYV")
    assert said == "800x600 YUYV, 15 frames a second (asked for 640x480, MJPG, 30 frames a second)"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("rotation = 45", "rotation = 45 is none of 0, 90, 180, 270"),
        ('pixel_format = "MJPEG"', "pixel_format = 'MJPEG' is not four characters"),
        ("stall_seconds = 0", "stall_seconds = 0 is not from 0.1"),
        ("width = 4", "width = 4 is not from 16"),
        ("record_seconds = 0", "record_seconds = 0 is not from"),
    ],
)
def test_a_mistake_in_a_cameras_settings_is_named(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(UsageError) as error:
        Settings.read(config(tmp_path, text))
    assert reason in str(error.value)
