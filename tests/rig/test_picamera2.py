"""The real picamera2 on the real libcamera, whose `virtual` pipeline needs no camera: `script/test --rig`.

Builds a Debian sid once (two to three minutes, 700 MB): the first release whose virtual pipeline works.
"""

import functools
import json
import subprocess
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from device.camera.make import make_camera
from device.settings.settings import Settings
from tests.conftest import ROOT, SHARED, error_lines
from tests.drawn import EXPRESSIONS, portrait
from tests.rig import debian
from tests.scenes import BLUE, GREEN, RED, WHITE, scene

pytestmark = [pytest.mark.rig, pytest.mark.timeout(1200)]

PACKAGES = (
    "python3 python3-venv python3-pip python3-dev python3-libcamera python3-prctl libcamera-tools libcamera-ipa "
    "libcap-dev gcc libc6-dev ca-certificates"
)
WHEELS = "picamera2 opencv-python-headless<5 numpy ai-edge-litert"
PATHS = "/project:/rig:/project/tests/rig/stubs"
SHOWN = [(ROOT, "project"), (SHARED / "rig", "rig")]
VIRTUAL_CAMERA = """%YAML 1.1
---
"Virtual0":
  supported_formats:
  - width: 640
    height: 480
    frame_rates: [30]
  frames: {path: "/out/scene.jpg", scale_mode: "fill"}
  location: "CameraLocationFront"
  model: "Virtual"
...
"""


@pytest.fixture(scope="module")
def sid() -> Path:
    """The root of a Debian with libcamera and picamera2."""
    if not (SHARED / "rig").is_dir():
        pytest.skip(f"the rig's helpers are not here ({SHARED / 'rig'})")
    finish = functools.partial(debian.add_venv, venv="/venv", wheels=WHEELS)
    root = debian.built("sid", "sid", PACKAGES, finish)
    inside = root / "usr/share/libcamera/pipeline/virtual"
    inside.mkdir(parents=True, exist_ok=True)
    (inside / "virtual.yaml").write_text(VIRTUAL_CAMERA)
    compiling = ["gcc", "-O2", "-fPIC", "-shared", "-o", "/fakedma.so", "/rig/fakedma.c", "-ldl"]
    debian.run_in(root, compiling, SHOWN).check_returncode()
    return root


@pytest.fixture
def device(sid: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`python -m device` inside, for at most six seconds; `tmp_path` is /out."""

    def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        inside = [f"{name}={value}" for name, value in environment.items()]
        command = [
            "timeout",
            "6",
            "env",
            "LD_PRELOAD=/fakedma.so",
            f"PYTHONPATH={PATHS}",
            *inside,
            "/venv/bin/python",
            "/project/tests/rig/virtual_pi.py",
            *words,
        ]
        return debian.run_in(sid, command, [*SHOWN, (tmp_path, "out")])

    return run


def test_what_the_pis_camera_gives_is_recorded_in_its_colours_and_times(device: Callable, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "scene.jpg"), cv2.resize(scene(), (640, 480), interpolation=cv2.INTER_NEAREST))
    result = device("record", "--camera", "picamera2", "--out", "/out/r", "--seconds", "1")
    assert result.returncode == 0, result.stderr
    with make_camera(Settings(camera=str(tmp_path / "r"))) as camera:
        assert "recorded from camera picamera2: 640x480, 30 frames a second" in camera.describe()
        frames = list(camera)
    assert len(frames) > 10
    for frame in frames:
        seen = [frame.image[y, x] for y in (120, 360) for x in (160, 480)]
        assert np.abs(np.int_(seen) - (BLUE, GREEN, RED, WHITE)).max() < 10
    assert np.diff([frame.time for frame in frames]).min() > 0


def test_a_face_before_the_pis_camera_is_read_in_its_grey_plane(device: Callable, tmp_path: Path) -> None:
    picture = np.full((480, 640, 3), 150, np.uint8)
    picture[90:390, 170:470] = portrait(EXPRESSIONS["happy"], size=300)
    cv2.imwrite(str(tmp_path / "scene.jpg"), picture)
    result = device("run", "--camera", "picamera2", "--events", "-")
    assert result.returncode in (0, 124), result.stderr  # 124: timeout sent the SIGTERM
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(events) > 10
    assert [[face["emotion"] for face in event["faces"]] for event in events[-5:]] == [["happy"]] * 5


def test_a_pi_camera_that_stalls_ends_the_process(device: Callable, tmp_path: Path) -> None:
    """picamera2's own thread hangs, so that neither waiting for a picture nor closing the camera comes back."""
    cv2.imwrite(str(tmp_path / "scene.jpg"), np.zeros((480, 640, 3), np.uint8))
    (tmp_path / "config.toml").write_text("stall_seconds = 0.5\n")
    result = device("run", "--camera", "picamera2", "--config", "/out/config.toml", STALL_AFTER="20")
    assert (result.returncode, len(error_lines(result))) == (1, 1), result.stderr
    assert "picamera2 gave no frame for 0.5 seconds" in result.stderr


def test_no_camera_at_the_connector(device: Callable, tmp_path: Path) -> None:
    result = device("run", "--camera", "picamera2", LIBCAMERA_PIPELINES_MATCH_LIST="simple")
    assert (result.returncode, len(error_lines(result))) == (1, 1), result.stderr
    assert "no camera 0 at the Pi's connectors" in result.stderr


HOURS = """
export LD_PRELOAD=/fakedma.so PYTHONPATH={paths}
/venv/bin/python /project/tests/rig/virtual_pi.py run --config /out/config.toml &
until [ "$(wc -l < /out/e.jsonl)" -gt 5 ]; do sleep 0.1; done
echo 'hours = "{later} 08:00-09:00"' >> /out/config.toml && kill -HUP $! && sleep 4
sed -i '$d' /out/config.toml && kill -HUP $! && sleep 4
kill -TERM $! && wait $!
"""


def test_a_pi_camera_rests_outside_its_hours_and_goes_on(sid: Path, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "scene.jpg"), np.zeros((480, 640, 3), np.uint8))
    (tmp_path / "config.toml").write_text('camera = "picamera2"\nevents = "/out/e.jsonl"\n')
    (tmp_path / "e.jsonl").touch()
    later = f"{datetime.now() + timedelta(days=2):%a}"
    words = ["timeout", "60", "sh", "-c", HOURS.format(paths=PATHS, later=later)]
    result = debian.run_in(sid, words, [(ROOT, "project"), (SHARED / "rig", "rig"), (tmp_path, "out")])
    assert result.returncode == 0, result.stderr
    assert [line.split()[0] for line in result.stderr.splitlines()] == ["the", "closed", "the", "open:"], result.stderr
    events = [json.loads(line) for line in (tmp_path / "e.jsonl").read_text().splitlines()]
    assert [event["frame"] for event in events] == list(range(len(events)))
    gaps = np.diff([event["time"] for event in events])
    assert gaps.min() >= 0
    assert gaps.max() > 2
    assert len(events) - gaps.argmax() > 10
