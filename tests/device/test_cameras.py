"""One contract for every camera, and what each of them does when it fails."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from device.camera import Live, is_live, live, open_camera
from device.camera.driver import Picture, Wanted
from device.camera.mock import MockCamera
from device.camera.webcam import why_not
from device.errors import HardwareError, UsageError
from device.record import Writer
from device.settings import Settings
from tests.conftest import ROOT, error_lines, run_command

STAND_INS = ROOT / "tests" / "stand_ins"
WIDTH, HEIGHT = 104, 64  # a multiple of 8 but of no stride
BLUE, GREEN, RED, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def scene() -> np.ndarray:
    """Blue and green above red and white, so that every turn and every mix-up of colours shows."""
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for place, colour in enumerate((BLUE, GREEN, RED, WHITE)):
        top, left = place // 2 * HEIGHT // 2, place % 2 * WIDTH // 2
        picture[top : top + HEIGHT // 2, left : left + WIDTH // 2] = colour
    return picture


def film(path: Path, count: int = 8, rate: float = 100) -> Path:
    """A recording of the scene."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), rate, (WIDTH, HEIGHT))
    for _ in range(count):
        writer.write(scene())
    writer.release()
    return path


def recorded(folder: Path) -> Path:
    writer = Writer(folder, Settings(free_megabytes=0))
    with writer, open_camera(Settings(camera=str(film(folder.with_suffix(".mkv"))))) as camera:
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


def a_pi(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: str = "") -> None:
    """A process that has not opened picamera2 yet, on a Pi that sees the scene."""
    cv2.imwrite(str(tmp_path / "scene.png"), scene())
    monkeypatch.setenv("FAKE_PICAMERA2_SCENE", str(tmp_path / "scene.png"))
    monkeypatch.setenv("FAKE_PICAMERA2", fault)
    monkeypatch.syspath_prepend(str(STAND_INS))
    monkeypatch.delitem(sys.modules, "picamera2", raising=False)


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


def settings(camera: str, **changed: object) -> Settings:
    return Settings.read(None, camera=camera, width=WIDTH, height=HEIGHT, rate=100.0, **changed)


def test_every_camera_keeps_the_contract(camera: str) -> None:
    with open_camera(settings(camera)) as source:
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
    assert live.CAPTURE_THREAD not in [thread.name for thread in threading.enumerate()]


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
    with open_camera(settings(camera, rotation=rotation, mirror=mirror)) as source:
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
    with open_camera(settings(camera, rotation=rotation)) as whole:
        expected = next(iter(whole)).image[2:32, 4:24]
    with open_camera(settings(camera, rotation=rotation, region=region)) as source:
        frame = next(iter(source))
        assert "cut to" in source.describe()
    assert (frame.image == expected).all()
    assert frame.grey.shape == (30, 20)


@pytest.mark.parametrize("region", ["20x30", "0x10+0+0", "a", "20x30-1+0", "20x30+90+0"])
def test_a_region_that_is_none_is_named(tmp_path: Path, region: str) -> None:
    with (
        pytest.raises(UsageError, match="region"),
        open_camera(settings(str(film(tmp_path / "film.mkv")), region=region)) as source,
    ):
        next(iter(source))


def test_names_of_live_cameras() -> None:
    for name in ("0", "/dev/video2", "/dev/v4l/by-id/usb-cam", "picamera2", "picamera2:1", "mock:film.mp4"):
        assert is_live(name), name
    for name in ("film.mp4", "picamera2.mp4", "/dev/null", "photos/"):
        assert not is_live(name), name


def test_the_newest_frame_wins_on_a_live_camera(tmp_path: Path) -> None:
    """A reader at a fifth of the rate: a queue would be seconds behind at the end."""
    camera = MockCamera(open_camera(settings(str(film(tmp_path / "film.mkv", count=300)))))
    ages = []
    with Live(camera) as source:
        for frame in source:
            ages.append(time.monotonic() - camera._started - frame.time)
            assert frame.index == len(ages) - 1
            time.sleep(0.05)
    assert source.dropped > len(ages)
    assert np.median(ages) < 0.5
    assert len(ages) + source.dropped <= 300


def test_a_frame_is_at_most_one_picture_old_and_the_others_are_not_decoded() -> None:
    class Counting:
        name, given, frames_per_second = "counting", "", 100.0
        grabbed = retrieved = 0

        def open(self) -> None: ...
        def close(self) -> None: ...

        def grab(self) -> float:
            time.sleep(0.01)
            self.grabbed += 1
            return time.monotonic()

        def retrieve(self) -> Picture:
            self.retrieved += 1
            return Picture(np.full((2, 2), self.grabbed, np.uint8), np.zeros((2, 2, 3), np.uint8))

    driver = Counting()
    behind = []
    with Live(driver) as source:
        for frame in source:
            behind.append(driver.grabbed - frame.grey[0, 0])
            if len(behind) == 6:
                break
            time.sleep(0.2)
    assert np.median(behind) <= 1
    assert 6 <= driver.retrieved < driver.grabbed / 2


def test_every_frame_counts_on_a_recording(tmp_path: Path) -> None:
    with open_camera(settings(str(film(tmp_path / "film.mkv", count=20)), pace="realtime")) as source:
        count = 0
        for _ in source:
            time.sleep(0.02)
            count += 1
    assert count == 20


def test_faults_of_the_mock_come_as_asked_and_each_time_alike(tmp_path: Path) -> None:
    path = str(film(tmp_path / "film.mkv", count=100, rate=500))

    def read(*faults: str) -> list[tuple[float, np.ndarray | None]]:
        """(second, grey picture or None) of each picture that the driver gives."""
        driver, read = MockCamera(open_camera(settings(path)), faults), []
        driver.open()
        with contextlib.suppress(EOFError):
            while True:
                second = round(driver.grab() - driver._started, 3)
                picture = driver.retrieve()
                read.append((second, None if picture is None else picture.grey))
        driver.close()
        return read

    whole = read()
    assert len(whole) == 100
    assert 60 <= len(read("drop 0.25")) <= 90
    assert 10 <= sum(grey is None for _, grey in read("break 0.25")) <= 40
    upper, lower = slice(0, HEIGHT // 2 - 8), slice(HEIGHT // 2 + 8, None)
    torn = [grey for _, grey in read("tear 0.5") if grey is not None and grey[lower, : WIDTH // 4].std() > 20]
    assert 30 <= len(torn) <= 70
    assert all((grey[upper] == whole[0][1][upper]).all() for grey in torn)  # type: ignore[index]
    assert [second for second, _ in read("drop 0.5")] == [second for second, _ in read("drop 0.5")]


def test_broken_pictures_cost_only_themselves(tmp_path: Path) -> None:
    camera = MockCamera(open_camera(settings(str(film(tmp_path / "film.mkv", count=100)))), ("break 0.25",))
    with Live(camera) as source:
        frames = list(source)
    assert source.broken > 0
    assert len(frames) + source.broken + source.dropped == 100
    assert f"{source.broken} pictures could not be decoded" in source.lost()


@pytest.mark.parametrize("fault", ["stal 3", "stall", "drop 2", "break -1", "stall x"])
def test_a_fault_that_is_none_is_named(tmp_path: Path, fault: str) -> None:
    with pytest.raises(UsageError, match="mock_faults"):
        open_camera(settings(f"mock:{film(tmp_path / 'film.mkv')}", mock_faults=(fault,)))


def config(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text + "\n")
    return path


@pytest.mark.parametrize("command", ["run", "record"])
def test_a_camera_that_stalls_ends_the_process_with_1(tmp_path: Path, command: str) -> None:
    """Although its driver does not return."""
    stalls = config(tmp_path, 'stall_seconds = 0.3\nmock_faults = ["stall 0.2"]')
    out = ["--out", tmp_path / "out"] if command == "record" else []
    camera = f"mock:{film(tmp_path / 'film.mkv', count=200)}"
    result = run_command("device", command, "--camera", camera, "--config", stalls, *out)
    assert (result.returncode, error_lines(result)) == (
        1,
        ["error: camera mock gave no frame for 0.3 seconds (is its cable firm?)"],
    )
    assert "Traceback" not in result.stderr


def test_a_camera_that_only_gives_broken_pictures_stalls_too(tmp_path: Path) -> None:
    camera = MockCamera(open_camera(settings(str(film(tmp_path / "film.mkv", count=300)))), ("break 1",))
    with Live(camera, stall_seconds=0.2) as source, pytest.raises(HardwareError, match=r"\d+ were broken"):
        next(iter(source))


def test_a_camera_that_is_unplugged_is_one_line_and_exit_1(tmp_path: Path) -> None:
    unplugged = config(tmp_path, 'mock_faults = ["unplug 0.2"]')
    camera = f"mock:{film(tmp_path / 'film.mkv', count=100)}"
    result = run_command("device", "run", "--camera", camera, "--config", unplugged)
    assert (result.returncode, len(error_lines(result))) == (1, 1)
    assert "was it unplugged" in result.stderr


def test_a_camera_that_does_not_open_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Hanging:
        name, given, frames_per_second = "hanging", "", 30.0

        def open(self) -> None:
            threading.Event().wait(2)

        def grab(self) -> float:
            raise EOFError

        def retrieve(self) -> None: ...
        def close(self) -> None: ...

    monkeypatch.setattr(live, "_OPENING_SECONDS", 0.1)
    with pytest.raises(HardwareError, match="hanging did not open in"):
        Live(Hanging(), stall_seconds=0.1).__enter__()


def test_a_recording_that_is_none_is_named_by_the_mock_too(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(b"no film")
    result = run_command("device", "run", "--camera", f"mock:{tmp_path / 'film.mp4'}")
    assert (result.returncode, len(error_lines(result))) == (2, 1)


def test_what_a_camera_gives_is_said_where_it_differs() -> None:
    wanted = Wanted(640, 480, 30, "MJPG")
    assert wanted.given(640, 480, 30, "MJPG") == "640x480 MJPG, 30 frames a second"
    said = wanted.given(800, 600, 15, "YUYV")
    assert said == "800x600 YUYV, 15 frames a second (asked for 640x480, MJPG, 30 frames a second)"


def test_the_pis_camera_gives_back_its_buffers_and_the_rate_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_pi(monkeypatch, tmp_path)
    chosen = Settings(camera="picamera2", width=WIDTH + 1, height=HEIGHT, rate=1000.0, stall_seconds=2)
    with open_camera(chosen) as source:
        assert f"{WIDTH}x{HEIGHT}, 1000 frames a second (asked for {WIDTH + 1}x{HEIGHT})" in source.describe()
        frames = [frame for _, frame in zip(range(20), source, strict=False)]
    assert len(frames) == 20


@pytest.mark.parametrize(
    ("fault", "kind", "cure"),
    [
        ("missing", HardwareError, "no camera 0 at the Pi's connectors.*ribbon cable"),
        ("busy", HardwareError, "busy: end the program"),
        ("oldnumpy", UsageError, "pip install 'numpy<2'"),
    ],
)
def test_why_the_pis_camera_does_not_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str, kind: type[Exception], cure: str
) -> None:
    a_pi(monkeypatch, tmp_path, fault)
    monkeypatch.setattr(os, "access", lambda *_: True)
    with pytest.raises(kind, match=cure):
        open_camera(settings("picamera2")).__enter__()


def test_a_forbidden_pi_camera_and_a_second_one_in_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_pi(monkeypatch, tmp_path)
    with open_camera(settings("picamera2")) as source:
        next(iter(source))
    with pytest.raises(HardwareError, match="no memory for the camera's buffers"):
        open_camera(settings("picamera2")).__enter__()
    a_pi(monkeypatch, tmp_path, "missing")
    monkeypatch.setattr(Path, "glob", lambda self, pattern: [Path("/dev/media0")])
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(HardwareError, match="no permission for /dev/media0: sudo usermod"):
        open_camera(settings("picamera2")).__enter__()


def test_a_pi_camera_that_fails_while_it_runs_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_pi(monkeypatch, tmp_path, "fail")
    with (
        open_camera(settings("picamera2")) as source,
        pytest.raises(HardwareError, match="the Pi's camera fails: Failed to queue request"),
    ):
        list(source)


def test_where_picamera2_is_not_installed_the_cure_is_named() -> None:
    if subprocess.run([sys.executable, "-c", "import picamera2"], capture_output=True).returncode == 0:
        pytest.skip("the real picamera2 is here")
    result = run_command("device", "run", "--camera", "picamera2")
    assert (result.returncode, len(error_lines(result))) == (2, 1)
    assert "sudo apt install python3-picamera2" in result.stderr
    assert "--system-site-packages" in result.stderr


def test_a_pi_camera_whose_cable_drops_ends_the_process(tmp_path: Path) -> None:
    """Neither the call that waits for a picture nor the one that closes the camera comes back."""
    cv2.imwrite(str(tmp_path / "scene.png"), scene())
    result = run_command(
        "device", "run", "--camera", "picamera2", "--config", config(tmp_path, "stall_seconds = 0.5"),
        FAKE_PICAMERA2="stall", FAKE_PICAMERA2_SCENE=str(tmp_path / "scene.png"),
        PYTHONPATH=os.pathsep.join([str(ROOT), str(STAND_INS)]),
    )  # fmt: skip
    assert (result.returncode, len(error_lines(result))) == (1, 1)
    assert "picamera2 gave no frame for 0.5 seconds" in result.stderr


def test_why_a_webcam_gives_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device = tmp_path / "video7"
    assert f"no camera {device}: plug one in" in why_not(device)
    assert "was it unplugged" in why_not(device, opened=True)
    device.touch()
    assert "does not open" in why_not(device)
    assert "gives no frames" in why_not(device, opened=True)
    program = f"import sys; held = open({str(device)!r}); print(1, flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        assert f"(process {other.pid}) uses it" in why_not(device)
        other.communicate()
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "sudo usermod -aG video" in why_not(device)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("rotation = 45", "rotation = 45 is none of 0, 90, 180, 270"),
        ('pixel_format = "MJPEG"', "pixel_format = 'MJPEG' is not four characters"),
        ("stall_seconds = 0", "stall_seconds = 0.0 is not from 0.1"),
        ("width = 4", "width = 4 is not from 16"),
        ("record_seconds = 0", "record_seconds = 0.0 is not from"),
    ],
)
def test_a_mistake_in_a_cameras_settings_is_named(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(UsageError) as error:
        Settings.read(config(tmp_path, text))
    assert reason in str(error.value)
