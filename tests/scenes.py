"""A scene on which every turn and mix-up of colours shows, as a film and before a Pi's camera."""

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from device.settings.settings import Settings
from tests.conftest import ROOT

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


def a_pi(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: str = "") -> None:
    """A process that has not opened picamera2 yet, on a Pi that sees the scene."""
    cv2.imwrite(str(tmp_path / "scene.png"), scene())
    monkeypatch.setenv("FAKE_PICAMERA2_SCENE", str(tmp_path / "scene.png"))
    monkeypatch.setenv("FAKE_PICAMERA2", fault)
    monkeypatch.syspath_prepend(str(STAND_INS))
    monkeypatch.delitem(sys.modules, "picamera2", raising=False)


def settings(camera: str, **changed: object) -> Settings:
    return Settings.read(None, camera=camera, width=WIDTH, height=HEIGHT, rate=100.0, **changed)


def config(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text + "\n")
    return path
