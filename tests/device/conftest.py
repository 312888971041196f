"""The bundled model and the interpreter under test. Nothing here needs a training framework."""

import os
import shutil
from pathlib import Path

import pytest

from device import model_file
from device.classifier import Classifier
from device.model_file import ModelFile


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
