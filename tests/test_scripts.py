"""What the scripts make of their words; programs stand in for those that they start."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

STAND_INS = """
find_python() { echo "python$1"; }
environment() {
    mkdir -p ".venv-$1/bin"
    for name in python ruff mypy; do
        printf '#!/bin/sh\\necho "%s: %s $*" >> log\\n[ "$FAILING" != %s ]\\n' "$1" "$name" "$1" > ".venv-$1/bin/$name"
        chmod +x ".venv-$1/bin/$name"
    done
}
"""
LINTERS = ["test: ruff check .", "test: ruff format --check .", "test: mypy"]
ASIDE = "-n 2 --dist loadfile --no-loadscope-reorder"
OLD = "tests/device -m not once"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with script/test, in which everything that it starts is stood in for."""
    (tmp_path / "script").mkdir()
    shutil.copy(ROOT / "script/test", tmp_path / "script/test")
    (tmp_path / "script/environment.sh").write_text(STAND_INS)
    return tmp_path


def run(project: Path, *words: str, **environment: str) -> int:
    """script/test's exit status."""
    command = ["bash", str(project / "script/test"), *words]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, timeout=60).returncode


@pytest.mark.parametrize(
    ("words", "started"),
    [
        ([], [*LINTERS, f"tflite-runtime: python -m pytest {ASIDE} {OLD}", f"test: python -m pytest {ASIDE}"]),
        (["--rig"], [*LINTERS, f"tflite-runtime: python -m pytest {OLD}", "test: python -m pytest --rig"]),
        (["--rig", "tests/rig"], ["test: python -m pytest --rig tests/rig"]),
        (["-k", "a name"], ["test: python -m pytest -k a name"]),
    ],
)
def test_all_checks_with_or_without_the_rig_or_pytest_alone(
    project: Path, words: list[str], started: list[str]
) -> None:
    assert run(project, *words) == 0
    assert [line.strip() for line in (project / "log").read_text().splitlines()] == started


@pytest.mark.parametrize("failing", ["test", "tflite-runtime"])
def test_what_fails_in_either_environment_fails_all(project: Path, failing: str) -> None:
    assert run(project, FAILING=failing) == 1


def stand_in(project: Path, name: str, body: str) -> None:
    program = project / "bin" / name
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)


@pytest.mark.parametrize(
    ("user", "status", "installs", "mode"),
    [(0, "installed", 0, 0o700), (0, "not-installed", 1, 0o700), (1000, "not-installed", 0, 0o755)],
)
def test_ci_brings_what_is_missing_where_it_may(
    project: Path, user: int, status: str, installs: int, mode: int
) -> None:
    project.chmod(0o755)
    (project / "bin").mkdir()
    stand_in(project, "id", f"echo {user}")
    # Asked for a format, and then for one package after the other, of which one may be missing.
    stand_in(project, "dpkg-query", f"shift 3; for name; do echo installed $name; done | sed '$s/^installed/{status}/'")
    stand_in(project, "apt-get", 'echo "apt-get: $*" >> log')
    shutil.copytree(ROOT / ".ci", project / ".ci")
    (project / "script/test").write_text('#!/bin/sh\necho "CI=$CI" >> log\nexit 7\n')
    environment = os.environ | {"PATH": f"{project / 'bin'}:{os.environ['PATH']}"}
    assert subprocess.run([project / ".ci/run"], env=environment, timeout=60).returncode == 7
    log = (project / "log").read_text()
    assert (log.count(" install "), log.endswith("CI=true\n")) == (installs, True)
    assert project.stat().st_mode & 0o777 == mode
