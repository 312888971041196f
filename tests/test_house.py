"""The house itself: who may import whom, what runs without what, and that the README tells the truth."""

import ast
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT

FORBIDDEN = {
    "device": {"train", "convert", "tests", "tensorflow", "keras", "torch", "jax"},
    "train": {"convert", "tests"},
    "convert": {"tests"},
}
# The parts of the device that training and conversion share with it, so that what is trained is what ships.
SHARED_PARTS = {"device.errors", "device.net", "device.process", "device.releases"}


def imports_of(file: Path) -> set[str]:
    """Every module that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            found |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("package", FORBIDDEN)
def test_imports_point_toward_the_device(package: str) -> None:
    files = list((ROOT / package).rglob("*.py"))
    assert files
    for file in files:
        strangers = {name.split(".")[0] for name in imports_of(file)} & FORBIDDEN[package]
        assert not strangers, f"{file} imports {strangers}"


@pytest.mark.parametrize("package", ["train", "convert"])
def test_only_the_shared_parts_of_the_device_are_used(package: str) -> None:
    for file in (ROOT / package).rglob("*.py"):
        modules = {".".join(name.split(".")[:2]) for name in imports_of(file) if name.startswith("device.")}
        assert modules <= SHARED_PARTS, f"{file} imports {modules - SHARED_PARTS}"


def test_all_of_the_device_imports_without_any_training_framework() -> None:
    modules = [
        ".".join(file.relative_to(ROOT).with_suffix("").parts)
        for file in (ROOT / "device").rglob("*.py")
        if file.name not in ("__main__.py", "__init__.py")
    ]
    assert len(modules) > 15
    program = (
        "import sys\n"
        "for name in ('tensorflow', 'keras', 'torch', 'jax', 'train', 'convert'): sys.modules[name] = None\n"
        f"for name in {[*modules, 'device.__main__']!r}: __import__(name)\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", program], cwd=ROOT, check=True, timeout=60)


def test_the_wheel_runs_in_an_empty_folder(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    source = tmp_path / "source"
    names = ("train", "convert", "device", "pyproject.toml", "README.md", "LICENSE")
    source.mkdir()
    for name in names:  # a copy, so that building leaves nothing in the checkout
        subprocess.run(["cp", "-r", str(ROOT / name), str(source)], check=True)
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", str(tmp_path), str(source)]
    subprocess.run(build, check=True, timeout=200, capture_output=True)
    (wheel,) = tmp_path.glob("emotion_kiosk-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = archive.namelist()
    assert "device/models/default/emotion.tflite" in held
    assert not [name for name in held if name.startswith(("tests/", "script/"))]
    subprocess.run(
        [*pip, "install", "--no-deps", "--target", str(tmp_path / "site"), str(wheel)], check=True, timeout=200
    )
    empty = tmp_path / "empty"
    empty.mkdir()
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "site"), "PYTHONSAFEPATH": "1"}
    recording = ROOT / "tests" / "media" / "drawn_faces.mp4"
    for words in (["device", "replay", recording], ["train", "--help"], ["convert", "quantize", "--help"]):
        command = [sys.executable, "-m", *map(str, words)]
        result = subprocess.run(command, cwd=empty, env=environment, capture_output=True, text=True, timeout=200)
        assert result.returncode == 0, result.stderr
        assert result.stdout


def test_kaggles_archive_does_not_land_in_the_package() -> None:
    """It unzips to train/ and test/: whatever lies there beside our own files is ignored by git."""
    for path in ("train/happy/1.jpg", "test/happy/1.jpg", "data/fer2013.csv", "demo/sheet.png", "runs/x/model.keras"):
        assert subprocess.run(["git", "check-ignore", "-q", path], cwd=ROOT).returncode == 0, path
    for path in ("train/data/npz.py", "train/learn/fit.py", "tests/train/learn/test_fit.py"):
        assert subprocess.run(["git", "check-ignore", "-q", path], cwd=ROOT).returncode == 1, path


def readme() -> str:
    return (ROOT / "README.md").read_text()


def test_the_readme_names_every_file_of_the_house() -> None:
    tree = re.search(r"```text\n(.*?)```", readme(), re.DOTALL)
    assert tree
    named = set(re.findall(r"^\s*([\w.]+)/?(?=\s)", tree[1], re.MULTILINE))
    for package in ("train", "convert", "device"):
        for file in (ROOT / package).rglob("*.py"):
            name = file.parent.name if file.name == "__init__.py" else file.stem
            assert name in named or name == "__main__", f"README's tree lacks {file.relative_to(ROOT)}"


def test_every_command_of_the_readme_parses() -> None:
    commands = re.findall(
        r"^(?:KERAS_BACKEND=\w+ )?python -m (train|convert|device) (.*)$", readme().replace("\\\n", " "), re.MULTILINE
    )
    assert len(commands) >= 8
    for package, words in commands:
        module = __import__(f"{package}.__main__", fromlist=["_parser"])
        module._parser().parse_args(words.split("#")[0].split())
