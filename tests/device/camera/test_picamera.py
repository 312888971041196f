"""The Pi's own camera against a stand-in for picamera2: what it gives, and each way in which it fails."""

import os
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from device.camera.make import make_camera
from device.errors import HardwareError, UsageError
from device.settings.settings import Settings
from tests.conftest import ROOT, error_lines, run_command
from tests.scenes import HEIGHT, STAND_INS, WIDTH, a_pi, config, scene, settings


def test_the_pis_camera_gives_back_its_buffers_and_the_rate_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_pi(monkeypatch, tmp_path)
    chosen = Settings(camera="picamera2", width=WIDTH + 1, height=HEIGHT, rate=1000.0, stall_seconds=2)
    with make_camera(chosen) as source:
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
        make_camera(settings("picamera2")).__enter__()


def test_a_forbidden_pi_camera_and_a_second_one_in_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_pi(monkeypatch, tmp_path)
    with make_camera(settings("picamera2")) as source:
        next(iter(source))
    with pytest.raises(HardwareError, match="no memory for the camera's buffers"):
        make_camera(settings("picamera2")).__enter__()
    a_pi(monkeypatch, tmp_path, "missing")
    monkeypatch.setattr(Path, "glob", lambda self, pattern: [Path("/dev/media0")])
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(HardwareError, match="no permission for /dev/media0: sudo usermod"):
        make_camera(settings("picamera2")).__enter__()


def test_a_pi_camera_that_fails_while_it_runs_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_pi(monkeypatch, tmp_path, "fail")
    with (
        make_camera(settings("picamera2")) as source,
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
