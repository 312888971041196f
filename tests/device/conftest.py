"""The bundled model and the interpreter under test. Nothing here needs a training framework."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from device.net import model_file
from device.net.classifier import Classifier
from device.net.model_file import ModelFile
from tests import needs
from tests.drawn import EXPRESSIONS, PEOPLE, portrait
from tests.manager import Manager
from tests.xvfb import Xvfb


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """Much of the device takes signals over; the tests' own come back."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.fixture(scope="session")
def runtime() -> str:
    """The interpreter that this environment holds; script/test runs these tests once in each."""
    return os.environ.get("EMOTION_TEST_INTERPRETER", "ai-edge-litert")


@pytest.fixture(scope="session")
def bundled() -> ModelFile:
    return model_file.load(model_file.find("default"))


@pytest.fixture(scope="session")
def classifier(bundled: ModelFile, runtime: str) -> Classifier:
    return Classifier(bundled, runtime)


@pytest.fixture
def release(tmp_path: Path, bundled: ModelFile) -> Path:
    """A copy of the bundled release, to be damaged."""
    return Path(shutil.copytree(bundled.path.parent, tmp_path / "release"))


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    cv2.imwrite(str(folder / "a_happy.png"), portrait(EXPRESSIONS["happy"], PEOPLE[1], 320))
    cv2.imwrite(str(folder / "b_nobody.jpg"), np.full((200, 300, 3), 120, np.uint8))
    cv2.imwrite(str(folder / "c_surprise.png"), portrait(EXPRESSIONS["surprise"], PEOPLE[2], 400))
    return folder


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    with Manager(tmp_path) as listening:
        yield listening


@pytest.fixture
def dummy(monkeypatch: pytest.MonkeyPatch) -> None:
    """SDL's driver that keeps windows in memory."""
    needs.module("pygame", pip="pygame-ce")
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")


@pytest.fixture
def xvfb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Xvfb]:
    needs.module("pygame", pip="pygame-ce")
    needs.program("Xvfb", apt="xvfb")
    folder = tmp_path / "xvfb"
    folder.mkdir()
    with Xvfb(folder) as server:
        monkeypatch.delenv("SDL_VIDEODRIVER", raising=False)
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        monkeypatch.setenv("DISPLAY", server.environment["DISPLAY"])
        yield server
