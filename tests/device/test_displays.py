"""Every display: one contract for all, then what each one shows, and what a screen that fails costs."""

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from multiprocessing.connection import Pipe
from pathlib import Path

import cv2
import numpy as np
import pytest

from device.contract import Box, Face, Frame, Reading
from device.display import Screen, is_screen, open_display, screen
from device.display.choice import Surroundings, choose, look
from device.display.fitting import annotate
from device.display.framebuffer import Framebuffer
from device.display.rate import Rate
from device.display.screen_process import serve
from device.display.sdl import SdlScreen, whole_screen
from device.errors import HardwareError, UsageError
from device.overlay import COLOURS
from tests.conftest import ROOT, error_lines, run_command
from tests.device.kiosk import Kiosk
from tests.drawn import EXPRESSIONS, portrait
from tests.xvfb import SIZE, Xvfb

FACE = Face(1, Box(200, 100, 240, 240), "happy", 0.9, None)
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="screens need Linux")


def frame_of(image: np.ndarray, index: int = 0) -> Frame:
    return Frame(index, index / 30, cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), image)


def reading_of(*faces: Face, index: int = 0) -> Reading:
    return Reading(index, index / 30, faces)


def colour_bars(width: int = 640, height: int = 360) -> np.ndarray:
    bars = [(0, 0, 0), (255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 255, 255), (255, 0, 255), (255, 255, 0), (255,) * 3]
    return np.array(bars, np.uint8).repeat(width // 8, axis=0)[None].repeat(height, axis=0)


def children() -> set[int]:
    """The screens' processes of ours that have not ended."""
    found = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(os.getpid())], capture_output=True, text=True)
    return {int(line.split()[0]) for line in found.stdout.splitlines() if "screen_process" in line}


def show_until(display: Screen, done: Callable[[], bool], image: np.ndarray | None = None, seconds: float = 30) -> None:
    """Show pictures at 50 a second until `done`."""
    frame, deadline = frame_of(colour_bars() if image is None else image), time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline
        display.show(frame, reading_of(FACE))
        time.sleep(0.02)


@pytest.fixture
def dummy(monkeypatch: pytest.MonkeyPatch) -> None:
    """SDL's driver that keeps windows in memory."""
    pytest.importorskip("pygame", reason="pygame-ce is not installed")
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")


@pytest.fixture
def xvfb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Xvfb]:
    pytest.importorskip("pygame", reason="pygame-ce is not installed")
    if not shutil.which("Xvfb"):
        pytest.skip("no Xvfb here: apt install xvfb")
    folder = tmp_path / "xvfb"
    folder.mkdir()
    with Xvfb(folder) as server:
        monkeypatch.delenv("SDL_VIDEODRIVER", raising=False)
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        monkeypatch.setenv("DISPLAY", server.environment["DISPLAY"])
        yield server


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


def test_a_display_of_no_known_kind_is_a_usage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("cinema", "/dev/video0", "a.gif", ""):
        with pytest.raises(UsageError, match="none, auto, window, drm, fb"):
            open_display(name, 20.0)
    monkeypatch.setattr("device.display.look", lambda: Surroundings(True, True, True, pygame=False))
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


class TestFramebuffer:
    """Against a file in place of /dev/fb0 and a folder in place of its sysfs entry."""

    @pytest.fixture
    def fake(self, tmp_path: Path) -> Callable[..., Framebuffer]:
        def make(bits: int, stride: int, width: int = 64, height: int = 48) -> Framebuffer:
            facts = {"bits_per_pixel": bits, "stride": stride, "virtual_size": f"{width},{height}"}
            for name, value in facts.items():
                (tmp_path / name).write_text(f"{value}\n")
            (tmp_path / "fb0").write_bytes(b"\xaa" * (stride * height))
            return Framebuffer(tmp_path / "fb0", tmp_path)

        return make

    @pytest.mark.parametrize(("bits", "stride"), [(16, 128), (16, 160), (32, 256), (32, 320)])
    def test_pixels_and_stride(self, fake: Callable[..., Framebuffer], bits: int, stride: int) -> None:
        rng = np.random.default_rng(0)
        picture = rng.integers(0, 256, (48, 64, 3), dtype=np.uint8)
        with fake(bits, stride) as framebuffer:
            assert framebuffer.size == (64, 48)
            framebuffer.put(np.zeros_like(picture))
            framebuffer.put(picture)
            rows = np.frombuffer(framebuffer.device.read_bytes(), np.uint8).reshape(48, stride)
        pixels = rows[:, : 64 * bits // 8].copy()
        blue, green, red = (picture[..., channel].astype(np.uint32) for channel in range(3))
        if bits == 16:
            assert (pixels.view("<u2") == (red >> 3) << 11 | (green >> 2) << 5 | blue >> 3).all()
        else:
            assert (pixels.view("<u4") & 0xFFFFFF == red << 16 | green << 8 | blue).all()
        assert (rows[:, 64 * bits // 8 :] == 0).all()

    def test_what_cannot_be_shown_on_is_said(self, fake: Callable[..., Framebuffer], tmp_path: Path) -> None:
        with pytest.raises(HardwareError, match="24 bits per pixel; 16 and 32 are known"):
            fake(24, 192).__enter__()
        framebuffer = fake(16, 128)
        framebuffer.device.unlink()
        with pytest.raises(HardwareError, match="No such file"):
            framebuffer.__enter__()
        with pytest.raises(HardwareError, match="no framebuffer /dev/fb77"):
            Framebuffer(Path("/dev/fb77")).__enter__()

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
    def test_a_write_that_fails_is_the_screens_error(self, fake: Callable[..., Framebuffer]) -> None:
        framebuffer = fake(32, 256)
        framebuffer.device = Path("/dev/full")
        with framebuffer, pytest.raises(HardwareError, match="No space left"):
            framebuffer.put(np.zeros((48, 64, 3), np.uint8))

    def test_the_screens_process_draws_into_it(self, fake: Callable[..., Framebuffer]) -> None:
        """serve() itself, at the other end of a link, as screen.py uses it."""
        framebuffer, image = fake(32, 2560, 640, 480), portrait(EXPRESSIONS["happy"], size=400)
        ours, theirs = Pipe()
        memory = os.memfd_create("frame")
        server = threading.Thread(target=self._serve, args=(framebuffer, theirs, memory))
        server.start()
        try:
            assert ours.recv()[0] == "ready"
            os.pwrite(memory, image.tobytes(), 0)
            ours.send((image.shape, reading_of(FACE), 12.4))
            assert ours.recv() == ("ready", f"{framebuffer.device}, 640x480, 32 bits per pixel")
        finally:
            ours.close()
            server.join(10)
            os.close(memory)
        shown = np.frombuffer(framebuffer.device.read_bytes(), np.uint8).reshape(480, 640, 4)[..., :3]
        assert (shown == annotate(image, reading_of(FACE), (640, 480), 12.4)).all()

    @staticmethod
    def _serve(framebuffer: Framebuffer, link: object, memory: int) -> None:
        with pytest.raises((EOFError, ConnectionError)):
            serve(framebuffer, link, memory)  # type: ignore[arg-type]


class TestSdl:
    """In this process, on SDL's driver that keeps windows in memory."""

    def test_only_closing_closes(self, dummy: None) -> None:
        import pygame

        with SdlScreen("window") as window:
            assert not window.closed()
            pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_a))
            assert not window.closed()
            assert not pygame.mixer.get_init()
            for event in (
                pygame.event.Event(pygame.KEYDOWN, key=pygame.K_q),
                pygame.event.Event(pygame.KEYDOWN, key=pygame.K_ESCAPE),
                pygame.event.Event(pygame.WINDOWCLOSE),
            ):
                window._closed = False
                pygame.event.post(event)
                assert window.closed()

    def test_a_desktop_that_goes_is_a_failure(self, dummy: None) -> None:
        import pygame

        with SdlScreen("window") as window:
            pygame.event.post(pygame.event.Event(pygame.QUIT))
            with pytest.raises(HardwareError, match="the desktop is gone"):
                window.closed()

    def test_signals_stay_ours(self, dummy: None) -> None:
        before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
        with SdlScreen("window") as window:
            window.put(np.zeros((*window.size[::-1], 3), np.uint8))
            assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)

    def test_pixels(self, dummy: None) -> None:
        import pygame

        picture = np.random.default_rng(0).integers(0, 256, (720, 1024, 3), dtype=np.uint8)
        with SdlScreen("window") as window:
            assert window.size == (1024, 720)  # the driver's desktop is 1024x768
            window.put(picture)
            shown = pygame.image.tobytes(pygame.display.get_surface(), "RGB")
        assert (np.frombuffer(shown, np.uint8).reshape(picture.shape) == picture[..., ::-1]).all()


class TestFailures:
    """A screen that fails costs a line, and the loop nothing."""

    @pytest.fixture
    def impatient(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(screen, "RETRY_SECONDS", 0.5)
        monkeypatch.setattr(screen, "HANG_SECONDS", 2.0)

    def test_an_absent_screen_is_tried_again_and_told_once(
        self, impatient: None, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        attempts: list[float] = []

        def kind() -> str:
            attempts.append(time.monotonic())
            return "/dev/fb77"

        with Screen("fb", kind, lambda: None) as display:
            show_until(display, lambda: len(attempts) >= 3)
        assert all(later - earlier >= 0.5 for earlier, later in itertools.pairwise(attempts))
        (line,) = capfd.readouterr().err.splitlines()
        assert line.startswith("warning: display fb: no framebuffer /dev/fb77")

    def test_a_screen_that_is_plugged_in_later_comes_up(
        self, impatient: None, dummy: None, capfd: pytest.CaptureFixture[str]
    ) -> None:
        kinds = ["none", "none", "window"]
        with Screen("auto", lambda: kinds.pop(0), lambda: None) as display:
            show_until(display, lambda: not display._told)
        lines = capfd.readouterr().err.splitlines()
        assert len(lines) == 2
        assert "no screen is plugged in" in lines[0]
        assert lines[1] == "warning: display auto: shows pictures again"

    def test_a_process_that_dies_or_hangs_is_replaced(
        self, impatient: None, dummy: None, capfd: pytest.CaptureFixture[str]
    ) -> None:
        before = children()
        for number, said in ((signal.SIGKILL, "its process ended"), (signal.SIGSTOP, "has not answered")):
            with Screen("window", lambda: "window", lambda: None) as display:
                show_until(display, lambda: display._shown_since is not None)
                (process,) = children() - before
                os.kill(process, number)
                show_until(display, lambda: display._process is None)
                assert process not in children()
                show_until(display, lambda: display._shown_since is not None)
            (line,) = capfd.readouterr().err.splitlines()
            assert said in line
            assert children() == before

    def test_attempts_that_fail_leave_nothing_open(
        self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(screen, "RETRY_SECONDS", 0.0)
        monkeypatch.setattr(sys, "executable", "/no/such/python")
        with Screen("fb", lambda: "fb", lambda: None) as display:
            opened = len(list(Path("/proc/self/fd").iterdir()))
            for _ in range(5):
                display.show(frame_of(colour_bars()), reading_of())
            assert len(list(Path("/proc/self/fd").iterdir())) == opened
        assert len(capfd.readouterr().err.splitlines()) == 1

    def test_a_hanging_screen_never_holds_the_loop(self, impatient: None, xvfb: Xvfb) -> None:
        longest, handed = 0.0, set()
        frame = frame_of(colour_bars())
        with Screen("window", lambda: "window", lambda: None) as display:
            show_until(display, lambda: display._shown_since is not None)
            xvfb.pause()
            deadline = time.monotonic() + 30
            while display._process is not None:
                started = time.monotonic()
                handed.add(display._process._handed)
                display.show(frame, reading_of(FACE))
                longest = max(longest, time.monotonic() - started)
                assert time.monotonic() < deadline
                time.sleep(0.01)
        assert longest < 1.0  # the server stood still for two seconds before it was given up
        assert len(handed) <= 3  # one picture before, one under way, and the one that was not shown any more

    def test_drm_without_a_graphics_card_costs_a_line(self, drawn_recording: Path, tmp_path: Path) -> None:
        pytest.importorskip("pygame", reason="pygame-ce is not installed")
        if Path("/dev/dri").exists():
            pytest.skip("there is a graphics card here")
        with _Run(drawn_recording, tmp_path, "drm") as run:
            run.wait_for(lambda: "warning" in run.errors.read_text())
            read = run.count()
            run.wait_for(lambda: run.count() > read + 20)
            run.process.send_signal(signal.SIGTERM)
            status, (line,) = run.ended()
        assert status == 0
        assert line.startswith("warning: display drm: no graphics card here (/dev/dri/card*); reading goes on without")


class TestWindow:
    """Real windows on a real X server, which has no screen."""

    def test_pixels(self, xvfb: Xvfb) -> None:
        image, face = colour_bars(), Face(1, Box(200, 100, 240, 160), None, 0.3, None, "too dark")
        wanted = annotate(image, reading_of(face), SIZE)
        with Screen("window", lambda: "window", lambda: None) as display:
            deadline = time.monotonic() + 30
            while (xvfb.screenshot()[: SIZE[1] - 60] != wanted[: SIZE[1] - 60]).any():  # the rate stands below
                assert time.monotonic() < deadline
                display.show(frame_of(image), reading_of(face))
                time.sleep(0.05)
            rate = xvfb.screenshot()[SIZE[1] - 60 :, :300] != wanted[SIZE[1] - 60 :, :300]
            assert rate.any()
        assert not xvfb.screenshot().any()  # the window is gone

    @pytest.fixture
    def started(self, xvfb: Xvfb, drawn_recording: Path, tmp_path: Path) -> Iterator["_Run"]:
        with _Run(drawn_recording, tmp_path) as run:
            run.wait_for(lambda: bool(xvfb.screenshot().any()))
            yield run

    def test_sigterm_ends_the_run_cleanly(self, started: "_Run") -> None:
        started.process.send_signal(signal.SIGTERM)
        assert started.ended() == (0, [])

    def test_ctrl_c_reaches_both_processes_and_ends_cleanly(self, started: "_Run") -> None:
        os.killpg(started.process.pid, signal.SIGINT)
        assert started.ended() == (0, [])

    def test_closing_the_window_ends_the_run(self, started: "_Run", xvfb: Xvfb) -> None:
        xvfb.close_windows()
        assert started.ended() == (0, [])

    def test_a_desktop_that_goes_costs_a_line(self, started: "_Run", xvfb: Xvfb) -> None:
        xvfb.kill()
        read = started.count()
        started.wait_for(lambda: started.count() > read + 20)
        started.process.send_signal(signal.SIGTERM)
        status, lines = started.ended()
        assert status == 0
        assert len(lines) == 1
        assert lines[0].startswith("warning: display window: ")

    def test_the_screen_is_black_outside_its_hours_and_reading_goes_on(self, xvfb: Xvfb, tmp_path: Path) -> None:
        later = f"{datetime.now() + timedelta(days=2):%a} 00:00-24:00"
        shown = 'display = "window"'
        with Kiosk(tmp_path, shown, **xvfb.environment) as kiosk:
            kiosk.wait_for(lambda: bool(xvfb.screenshot().any()))
            kiosk.reload(signal.SIGHUP, shown, f'screen_hours = "{later}"')
            kiosk.wait_for(lambda: not xvfb.screenshot().any())
            kiosk.wait_for_more()
            assert not xvfb.screenshot().any()
            kiosk.reload(signal.SIGHUP, shown)
            kiosk.wait_for(lambda: bool(xvfb.screenshot().any()))

    def test_the_screen_is_black_while_the_camera_is_closed(self, xvfb: Xvfb, tmp_path: Path) -> None:
        later = f"{datetime.now() + timedelta(days=2):%a} 00:00-24:00"
        shown = 'display = "window"'
        with Kiosk(tmp_path, shown, **xvfb.environment) as kiosk:
            kiosk.wait_for(lambda: bool(xvfb.screenshot().any()))
            kiosk.reload(signal.SIGHUP, shown, f'hours = "{later}"')
            kiosk.wait_for(lambda: not xvfb.screenshot().any())
            assert kiosk.said()[-1].startswith("closed until")
            xvfb.close_windows()
            assert kiosk.process.wait(20) == 0

    def test_a_killed_run_leaves_no_window(self, started: "_Run", xvfb: Xvfb) -> None:
        started.process.kill()
        started.process.wait()
        started.wait_for(lambda: not xvfb.screenshot().any())


class _Run:
    """`device run` on a recording without end."""

    def __init__(self, recording: Path, folder: Path, display: str = "window"):
        self._events, self.errors = folder / "events.jsonl", folder / "stderr.txt"
        self._recording, self._display = recording, display

    def __enter__(self) -> "_Run":
        words = ["--camera", self._recording, "--pace", "realtime", "--loop", "--display", self._display]
        with self.errors.open("w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "device", "run", *map(str, words), "--events", str(self._events)],
                cwd=ROOT, stdout=subprocess.DEVNULL, stderr=errors, process_group=0,
            )  # fmt: skip
        return self

    def __exit__(self, *error: object) -> None:
        self.process.kill()
        self.process.wait()

    def count(self) -> int:
        return self._events.read_text().count("\n") if self._events.exists() else 0

    def wait_for(self, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not done():
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def ended(self) -> tuple[int, list[str]]:
        """(exit status, lines on stderr); every event is whole."""
        status = self.process.wait(30)
        for line in self._events.read_text().splitlines():
            json.loads(line)
        return status, self.errors.read_text().splitlines()


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
