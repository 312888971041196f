"""The webcam's driver under the real OpenCV, over a stand-in for the kernel's side of V4L2."""

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from device.camera.webcam import why_not
from tests import needs
from tests.conftest import ROOT, error_lines
from tests.scenes import BLUE, GREEN, RED, WHITE, scene

# Reads twelve frames and prints what it got; the file stands for /dev/video77.
PROGRAM = """
import json, sys
from device.process.driver_thread import leave
from device.camera.driver import Wanted
from device.camera.newest import Newest
from device.camera.webcam import Webcam
from device.errors import exit_status

def read():
    with Newest(Webcam(sys.argv[1], Wanted(*json.loads(sys.argv[2]))), stall_seconds=0.5) as source:
        print(json.dumps({"describe": source.describe(), "rate": source.frames_per_second}))
        for frame in source:
            height, width = frame.grey.shape
            seen = [frame.image[y * height // 4, x * width // 4].tolist() for y in (1, 3) for x in (1, 3)]
            print(json.dumps({"time": frame.time, "size": [width, height], "seen": seen}))
            if frame.index == 11:
                break

leave(exit_status(read))
"""


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the stand-in, the pictures that it shows, and the name of its device."""
    if sys.platform != "linux":
        pytest.skip("V4L2 is Linux's")
    compiler = needs.program("gcc", apt="gcc")
    folder = tmp_path_factory.mktemp("kernel")
    source = ROOT / "tests" / "stand_ins" / "v4l2.c"
    command = [compiler, "-Wall", "-Werror", "-shared", "-fPIC", "-o", str(folder / "v4l2.so"), str(source), "-ldl"]
    subprocess.run(command, check=True, timeout=60)
    picture = cv2.resize(scene(), (640, 480), interpolation=cv2.INTER_NEAREST)
    cv2.imencode(".jpg", picture)[1].tofile(folder / "frame.MJPG")
    yuv = cv2.cvtColor(picture, cv2.COLOR_BGR2YCrCb)
    pairs = np.stack([yuv[..., 0], np.where(np.arange(640) % 2, yuv[..., 1], yuv[..., 2])], axis=-1)
    pairs.tofile(folder / "frame.YUYV")
    (folder / "video77").touch()
    return folder


def read(
    kernel: Path, fault: str = "", wanted: tuple[object, ...] = (640, 480, 30, "")
) -> tuple[int, list[dict], list[str]]:
    """(exit status, what was printed, the error's lines)."""
    environment = os.environ | {
        "LD_PRELOAD": str(kernel / "v4l2.so"),
        "FAKE_V4L2_FRAME": str(kernel / "frame"),
        "FAKE_V4L2_FAULT": fault,
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-c", PROGRAM, str(kernel / "video77"), json.dumps(wanted)]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert "Traceback" not in result.stderr
    return result.returncode, [json.loads(line) for line in result.stdout.splitlines()], error_lines(result)


@pytest.mark.parametrize("pixel_format", ["YUYV", "MJPG"])
def test_a_webcam_gives_what_it_sees_at_its_times(kernel: Path, pixel_format: str) -> None:
    status, (about, *frames), _ = read(kernel, wanted=(640, 480, 30, pixel_format))
    assert status == 0
    assert about["describe"].endswith(f"video77: 640x480 {pixel_format}, 30 frames a second")
    assert len(frames) == 12
    steps = np.diff([frame["time"] for frame in frames]) * 30
    assert steps == pytest.approx(np.round(steps), abs=0.1)  # the kernel's stamps, whole frames apart
    assert steps.min() > 0.9
    for frame in frames:
        assert frame["size"] == [640, 480]
        assert np.abs(np.int_(frame["seen"]) - (BLUE, GREEN, RED, WHITE)).max() < 30


def test_a_webcam_that_gives_something_else_says_so(kernel: Path) -> None:
    status, (about, *_), _ = read(kernel, wanted=(800, 600, 60, "MJPG"))
    assert status == 0
    assert about["rate"] == 30
    assert about["describe"].endswith("640x480 MJPG, 30 frames a second (asked for 800x600, 60 frames a second)")


def test_a_webcam_that_does_not_know_its_rate_is_read_all_the_same(kernel: Path) -> None:
    status, (about, *frames), _ = read(kernel, "no rate", wanted=(640, 480, 25, "YUYV"))
    assert (status, about["rate"], len(frames)) == (0, 25, 12)


@pytest.mark.parametrize(
    ("fault", "printed", "said"),
    [
        ("busy", 0, "does not open: is it a camera"),
        ("gone", 1, "gives no frames: unplug it"),
        ("stall", 1, "gave no frame for 0.5 seconds"),
    ],
)
def test_a_webcam_that_fails_is_one_line_and_exit_1(kernel: Path, fault: str, printed: int, said: str) -> None:
    status, lines, errors = read(kernel, fault)
    assert (status, len(errors)) == (1, 1)
    assert said in errors[0]
    assert bool(lines) == bool(printed)


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
