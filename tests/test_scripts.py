"""What the scripts make of their words; programs stand in for those that they start."""

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
        printf '#!/bin/sh\\necho "%s: %s $*" >> log\\n' "$1" "$name" > ".venv-$1/bin/$name"
        chmod +x ".venv-$1/bin/$name"
    done
}
"""
LINTERS = ["test: ruff check .", "test: ruff format --check .", "test: mypy"]
ASIDE = "-n 2 --dist loadfile --no-loadscope-reorder"
OLD = "tests/device -m not once"


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
    tmp_path: Path, words: list[str], started: list[str]
) -> None:
    (tmp_path / "script").mkdir()
    script = shutil.copy(ROOT / "script/test", tmp_path / "script/test")
    (tmp_path / "script/environment.sh").write_text(STAND_INS)
    subprocess.run(["bash", script, *words], check=True, capture_output=True, timeout=60)
    assert [line.strip() for line in (tmp_path / "log").read_text().splitlines()] == started
