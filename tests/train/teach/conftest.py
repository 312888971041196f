"""A whole recipe with the smallest nets, for all tests of this room."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import faces_data
from tests.conftest import made_once, run_here
from train.teach.recipe import Recipe, Training

FLAGS = ("--batch", "16")


@dataclass(eq=False)
class Ended:
    """A command that has ended before anyone asks."""

    status: int

    def poll(self) -> int:
        return self.status

    def wait(self) -> int:
        return self.status

    def terminate(self) -> None:
        raise AssertionError("it has ended already")


def begin_here(words: list[str], log: Path | None, threads: int | None) -> Ended:
    """Run the command in this process, which has loaded Keras already."""
    result = run_here("train", *words)
    if log is not None:
        log.write_text(result.stdout + result.stderr)
    assert result.returncode == 0, result.stderr
    return Ended(result.returncode)


@pytest.fixture(scope="session")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Drawn faces with their votes, half as many as the nets of other rooms learn from."""
    return made_once(tmp_path_factory, "few.npz", lambda path: faces_data.write_npz(path, 700))


@pytest.fixture(scope="session")
def cooked(few: Path, tmp_path_factory: pytest.TempPathFactory) -> Recipe:
    """Two teachers, one that learns from them too, and a student, as in the recipe of the bundled models."""

    def cook(out: Path) -> None:
        recipe(few, out).cook()

    return recipe(few, made_once(tmp_path_factory, "recipe", cook))


def recipe(data: Path, out: Path) -> Recipe:
    return Recipe(
        ["--data", str(data)],
        out,
        jobs=2,
        generations=(
            tuple(Training(f"teacher{n}", "tiny-teacher", 1, ("--seed", str(n), *FLAGS)) for n in (1, 2)),
            (Training("teacher3", "tiny-teacher", 1, FLAGS, start="teacher1"),),
            (Training("student", "tiny", 1, FLAGS),),
        ),
        merged={"one-headed": ("teacher3", 0.4)},
        begin=begin_here,
    )
