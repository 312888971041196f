"""The house itself: who may import whom, what runs without what, and that README and docs tell the truth."""

import ast
import importlib
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT

FORBIDDEN = {
    "device": {"train", "convert", "tests", "tensorflow", "keras", "torch", "jax"},
    "train": {"convert", "tests"},
    "convert": {"tests"},
}
# The parts of the device that training and conversion share with it, so that what is trained is what ships.
SHARED_PARTS = {f"device.{part}" for part in ("contract", "errors", "faces", "net", "process", "releases", "settings")}


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

    def run(*command: object) -> str:
        words = list(map(str, command))
        result = subprocess.run(words, cwd=empty, env=environment, capture_output=True, text=True, timeout=200)
        assert result.returncode == 0, result.stderr
        return result.stdout

    recording = ROOT / "tests" / "media" / "drawn_faces.mp4"
    programs = tmp_path / "site" / "bin"
    read = run(sys.executable, "-m", "device", "replay", recording)
    assert read
    assert run(programs / "emotion-kiosk", "replay", recording) == read
    for package, command in (("device", "kiosk"), ("train", "train"), ("convert", "convert")):
        assert run(sys.executable, "-m", package, "--help").startswith(f"usage: python -m {package} ")
        assert run(programs / f"emotion-{command}", "--help").startswith(f"usage: emotion-{command} ")
    assert "\n  emotion-train fit --data" in run(programs / "emotion-train", "fit", "--help")
    assert "\n  emotion-convert quantize runs" in run(programs / "emotion-convert", "quantize", "--help")
    assert {file.name for file in programs.iterdir()} == {"emotion-kiosk", "emotion-train", "emotion-convert"}


def test_kaggles_archive_does_not_land_in_the_package() -> None:
    """It unzips to train/ and test/: whatever lies there beside our own files is ignored by git."""
    for path in ("train/happy/1.jpg", "test/happy/1.jpg", "data/fer2013.csv", "demo/sheet.png", "runs/x/model.keras"):
        assert subprocess.run(["git", "check-ignore", "-q", path], cwd=ROOT).returncode == 0, path
    for path in ("train/data/npz.py", "train/learn/fit.py", "tests/train/learn/test_fit.py"):
        assert subprocess.run(["git", "check-ignore", "-q", path], cwd=ROOT).returncode == 1, path


README, HOUSE = ROOT / "README.md", ROOT / "docs" / "house.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]
# Of these folders the house's tree names the folder, and not what is in it.
CLOSED = ("device/models/", "script/requirements/", "tests/")


def tree(page: Path) -> list[str]:
    """The lines of the tree that stands in a page."""
    (found,) = re.findall(r"```text\n(.*?)```", page.read_text(), re.DOTALL)
    return found.splitlines()


def paths_of(lines: list[str]) -> list[str]:
    """The paths that a tree names, in its order: two spaces further in is one folder further down.

    A folder ends with /, a Python module goes without its suffix, and what follows a name says what it is.
    """
    paths, folders = [], [""]  # the folders from the top to the line at hand
    for line in lines:
        indent, name = re.match(r"( *)(\S+)", line).groups()  # type: ignore[union-attr]
        depth = len(indent) // 2
        assert depth < len(folders), f"{line!r} is further in than any folder above it"
        path = folders[depth] + name
        del folders[depth + 1 :]
        if name.endswith("/"):
            folders.append(path)
        paths.append(path)
    return paths


def paths_on_disk() -> set[str]:
    """Every folder and file of the house, written as a tree names them; what git ignores is none of it."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    files = [Path(name) for name in listed if "/" in name and (ROOT / name).is_file() and not name.startswith(".")]
    folders = {f"{folder}/" for file in files for folder in file.parents[:-1]}
    modules = {str(file).removesuffix(".py") for file in files if file.name != "__init__.py"}
    return folders | modules


def in_the_house(path: str) -> bool:
    """Whether the full tree names a path: of tests the folders, else all that is not in a closed folder."""
    if path.startswith("tests/"):
        return path.endswith("/") and path.count("/") <= 2
    return not any(path.startswith(folder) and path != folder for folder in CLOSED)


def in_the_readme(path: str) -> bool:
    """Whether README's tree names a path: the top, the rooms, and the modules in the halls of the three packages."""
    top, _, rest = path.partition("/")
    if rest.endswith("/"):
        return rest.count("/") == 1 and top not in ("tests", "script")
    return not rest or (top in FORBIDDEN and "/" not in rest and in_the_house(path))


def faults_of(lines: list[str], wanted: set[str]) -> list[str]:
    """What a tree lacks, names twice, or names although it is not there."""
    try:
        named = paths_of(lines)
    except AssertionError as error:
        return [str(error)]
    twice = {path for path in named if named.count(path) > 1}
    return sorted(wanted.symmetric_difference(named) | twice)


@pytest.mark.parametrize(("page", "belongs"), [(README, in_the_readme), (HOUSE, in_the_house)], ids=["README", "house"])
def test_a_tree_names_what_is_there_where_it_is(page: Path, belongs: Callable[[str], bool]) -> None:
    wanted = {path for path in paths_on_disk() if belongs(path)}
    assert len(wanted) > 40
    faults = faults_of(tree(page), wanted)
    assert not faults, f"the tree of {page.name} and the files differ"


def test_a_tree_that_is_wrong_is_noticed() -> None:
    lines = tree(HOUSE)
    wanted = set(paths_of(lines))
    assert not faults_of(lines, wanted)
    assert faults_of(sorted(lines), wanted)
    assert faults_of(sorted(lines, key=str.strip), wanted)
    for number, line in enumerate(lines):
        assert faults_of([*lines[:number], *lines[number + 1 :]], wanted), f"without {line!r}"
        assert faults_of([*lines[:number], line, *lines[number:]], wanted), f"twice {line!r}"
    # A module that moved: its line among those of another room.
    module = next(line for line in lines if line.startswith("    tracker "))
    rest = [line for line in lines if line != module]
    for room in ("net/", "reading/", "doctor/"):
        number = next(number for number, line in enumerate(rest) if line.startswith(f"  {room} "))
        moved = [*rest[: number + 1], module, *rest[number + 1 :]]
        assert "device/faces/tracker" in faults_of(moved, wanted)
    assert faults_of([*lines, "  nothing.md"], wanted) == ["docs/nothing.md"]


def commands_in(page: Path) -> list[tuple[str, list[str]]]:
    """Each command of ours that stands on a line of its own in a page: who takes it, and its words."""
    who = {f"python -m {package}": package for package in FORBIDDEN}
    who |= {"emotion-kiosk": "device", "emotion-train": "train", "emotion-convert": "convert"}
    who |= {"systemd/install": "systemd/install", "/opt/emotion-kiosk/current/systemd/install": "systemd/install"}
    names = "|".join(map(re.escape, who))
    pattern = rf"^ *(?:sudo )?(?:KERAS_BACKEND=\w+ )?({names})(?: ([^#\n]*))?(?:#.*)?$"
    found = re.findall(pattern, page.read_text().replace("\\\n", " "), re.MULTILINE)
    return [(who[name], words.split()) for name, words in found]


COMMANDS = [pytest.param(*command, id=" ".join(command[1])) for page in PAGES for command in commands_in(page)]


@pytest.mark.parametrize(("who", "words"), COMMANDS)
def test_a_command_of_the_pages_parses(who: str, words: list[str]) -> None:
    module = importlib.import_module("installer.command" if who == "systemd/install" else f"{who}.__main__")
    module.make_parser().parse_args(words)


def test_the_pages_have_commands_of_every_kind() -> None:
    there = {who for page in PAGES for who, _ in commands_in(page)}
    assert there == {"train", "convert", "device", "systemd/install"}
    assert len(COMMANDS) > 30


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_points_at_is_there(page: Path) -> None:
    text = page.read_text()
    for link in re.findall(r"\]\(([^)#\s]+)", text):
        assert link.startswith("https://") or (page.parent / link).is_file(), f"{page.name} links to {link}"
    for module in re.findall(r"python\s+-m\s+((?:benchmarks|tests)\.\w+)", text):
        assert (ROOT / module.replace(".", "/")).with_suffix(".py").is_file(), f"{page.name} runs {module}"
    for path in re.findall(r"`((?:device|train|convert|systemd|script|tests)/[\w/.-]+)", text):
        assert (ROOT / path).exists(), f"{page.name} names {path}"


def test_the_readme_is_short_and_leads_to_every_page() -> None:
    assert README.stat().st_size <= 12_000
    for page in PAGES[1:]:
        assert f"](docs/{page.name})" in README.read_text(), f"README does not lead to {page.name}"
