"""What several tests need: real data, one trained run and its release, and how a command is run as a user runs it."""

import contextlib
import fcntl
import importlib
import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest
from _pytest.terminal import TerminalReporter

from tests import needs

ROOT = Path(__file__).parent.parent
TESTS = ROOT / "tests"
SHORT = 60
SHARED = ROOT.parent / "shared"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rig", action="store_true", help="also test against systems that are built for it, as root")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        # Files are dealt to processes in this order: what trains takes longest, and the last to end must not be long.
        items.sort(key=lambda item: item.path.relative_to(TESTS).parts[0] not in ("train", "convert"))
    if not config.getoption("--rig"):
        for item in items:
            if item.get_closest_marker("rig"):
                item.add_marker(pytest.mark.skip(reason="only with --rig"))


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """What was not tested, in one line before the closing one."""
    skipped = [report.longrepr for report in terminalreporter.getreports("skipped")]
    line = needs.left_out(where[2].removeprefix("Skipped: ") for where in skipped if isinstance(where, tuple))
    if line:
        terminalreporter.write_line(line)


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
def short_recording(drawn_recording: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its first SHORT frames, where what is seen in them does not matter."""
    film, path = cv2.VideoCapture(str(drawn_recording)), tmp_path_factory.mktemp("short") / "short.mkv"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 20, (640, 480))
    for _ in range(SHORT):
        writer.write(film.read()[1])
    writer.release()
    return path


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A file or folder that `make` makes at the path it is given, once for all processes that test side by side."""
    place = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        place = place.parent  # each process has a folder of its own in the session's
    made, done = place / name, place / f"{name}.done"
    with (place / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            make(made)
            done.touch()
    return made


@pytest.fixture(scope="session")
def npz(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1,400 drawn faces with their votes."""
    from tests import faces_data

    return made_once(tmp_path_factory, "drawn.npz", lambda path: faces_data.write_npz(path, 1400))


def fit_words(npz: Path, out: Path) -> list[object]:
    """The command line of `run`, for another folder."""
    words = ["--model", "tiny", "--epochs", 3, "--batch", 8, "--seed", 5]
    return ["fit", "--data", npz, "--out", out, *words]


@pytest.fixture(scope="session")
def run(npz: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder over the command line, of a tiny net that has learnt the drawn faces; not to be changed."""

    def train(out: Path) -> None:
        result = run_here("train", *fit_words(npz, out))
        assert result.returncode == 0, result.stderr

    needs.module("keras", pip="keras")
    return made_once(tmp_path_factory, "run", train)


@pytest.fixture(scope="session")
def released(run: Path, npz: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release of `run`, over the command line; not to be changed."""

    def convert(out: Path) -> None:
        result = run_here("convert", "quantize", run / "model.keras", "--data", npz, "--out", out)
        assert result.returncode == 0, result.stderr
        assert "drop" in result.stdout
        assert "recall of happy" in result.stdout

    return made_once(tmp_path_factory, "release", convert)
