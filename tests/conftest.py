"""What several tests need: real data, one trained run and its release, and how a command is run as a user runs it."""

import contextlib
import importlib
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rig", action="store_true", help="also test against systems that are built for it, as root")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--rig"):
        for item in items:
            if item.get_closest_marker("rig"):
                item.add_marker(pytest.mark.skip(reason="only with --rig"))


def run_command(*words: object, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """`python -m WORDS` in a process of its own; stdout and stderr as text."""
    return subprocess.run(
        [sys.executable, "-m", *map(str, words)],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        timeout=280,
    )


def run_here(package: str, *words: object) -> subprocess.CompletedProcess[str]:
    """`python -m PACKAGE WORDS` in this process, which loads Keras once for all tests instead of seconds each time.

    For what a command does and says; that a process ends as its command says is tested with `run_command`.
    """
    main = importlib.import_module(f"{package}.__main__").main
    arguments = [str(word) for word in words]
    out, err, environment = io.StringIO(), io.StringIO(), dict(os.environ)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main(arguments)
    finally:
        os.environ.clear()
        os.environ.update(environment)
    return subprocess.CompletedProcess([package, *arguments], status, out.getvalue(), err.getvalue())


def error_lines(result: subprocess.CompletedProcess[str]) -> list[str]:
    """The lines in which a command says what is wrong."""
    return [line for line in result.stderr.splitlines() if line.startswith("error: ")]


@pytest.fixture(scope="session")
def media() -> Path:
    """Recordings of real faces, which lie beside the project on its developers' machines."""
    folder = SHARED / "media"
    if not folder.is_dir():
        pytest.skip(f"recordings of real faces are not here ({folder})")
    return folder


@pytest.fixture(scope="session")
def drawn_recording() -> Path:
    return ROOT / "tests" / "media" / "drawn_faces.mp4"


@pytest.fixture(scope="session")
def npz(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1,400 drawn faces with their votes."""
    from tests import faces_data

    return faces_data.write_npz(tmp_path_factory.mktemp("data") / "drawn.npz", 1400)


def fit_words(npz: Path, out: Path) -> list[object]:
    """The command line of `run`, for another folder."""
    words = ["--model", "tiny", "--epochs", 3, "--batch", 8, "--seed", 5]
    return ["fit", "--data", npz, "--out", out, *words]


@pytest.fixture(scope="session")
def run(npz: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder over the command line, of a tiny net that has learnt the drawn faces; not to be changed."""
    pytest.importorskip("keras")
    out = tmp_path_factory.mktemp("runs") / "whole"
    result = run_here("train", *fit_words(npz, out))
    assert result.returncode == 0, result.stderr
    return out


@pytest.fixture(scope="session")
def released(run: Path, npz: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release of `run`, over the command line; not to be changed."""
    out = tmp_path_factory.mktemp("releases") / "release"
    result = run_here("convert", "quantize", run / "model.keras", "--data", npz, "--out", out)
    assert result.returncode == 0, result.stderr
    assert "drop" in result.stdout
    assert "recall of happy" in result.stdout
    return out
