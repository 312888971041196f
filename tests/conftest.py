"""What several tests need: where real data lies, and how a command is run as a user runs it."""

import os
import subprocess
import sys
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
