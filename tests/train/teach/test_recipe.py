"""The recipe: what is trained, on what, and how many at once; that it goes on where it was."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from device.errors import HardwareError
from tests.train.teach.conftest import Ended
from train.data import splits
from train.net import trained
from train.run import epochs_done
from train.teach.recipe import GENERATIONS, KEPT_ANSWERS, MERGED, Recipe, Training


def test_the_recipe_goes_from_data_to_a_student(cooked: Recipe, few: Path) -> None:
    student = trained.load(cooked.out / "student" / "model.keras")
    assert student.heads == 1
    assert len(student.training["taught_by"]) == 3
    teacher = trained.load(cooked.out / "teacher1" / "model.keras")
    assert teacher.heads == 2
    assert len(trained.load(cooked.out / "teacher3" / "model.keras").training["taught_by"]) == 2
    images = splits.load(few).test.images
    probabilities = trained.probabilities(teacher.keras, teacher.seen(images))
    assert probabilities.shape == (len(images), 7)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)
    history = json.loads((cooked.out / "teacher1" / "history.json").read_text())
    assert {"val_accuracy", "val_consensus", "val_loss"} <= set(history[0])
    assert "images an epoch" in (cooked.out / "student.log").read_text()


def test_a_finished_recipe_does_nothing_more(cooked: Recipe) -> None:
    before = {path: path.stat().st_mtime_ns for path in cooked.out.rglob("*")}
    cooked.cook()
    assert {path: path.stat().st_mtime_ns for path in cooked.out.rglob("*")} == before


class Workshop:
    """Begins commands that take a while, and keeps what it was asked for; a training leaves its history."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.at_work: list[Work] = []
        self.most = 0  # commands at work at once
        self.threads: list[int | None] = []

    def begin(self, words: list[str], log: Path | None, threads: int | None) -> "Work":
        self.asked.append(words)
        self.threads.append(threads)
        self.at_work.append(Work(self, words))
        self.most = max(self.most, len(self.at_work))
        return self.at_work[-1]


class Work:
    """One command, which ends the second time it is looked at, or once it is waited for."""

    def __init__(self, workshop: Workshop, words: list[str]):
        self.workshop, self.words, self.looks = workshop, words, 0

    def poll(self) -> int | None:
        self.looks += 1
        return None if self.looks < 2 else self.wait()

    def wait(self) -> int:
        if self in self.workshop.at_work:
            self.workshop.at_work.remove(self)
            out = Path(self.words[self.words.index("--out") + 1])
            if self.words[0] == "fit":
                out.mkdir()
                epochs = int(self.words[self.words.index("--epochs") + 1])
                (out / "history.json").write_text(json.dumps([{}] * epochs))
            else:
                out.write_text("answers or a net")
        return 0

    def terminate(self) -> None:
        raise AssertionError("nothing was to be stopped")


def test_a_generation_trains_side_by_side_but_no_more_than_there_are_jobs(tmp_path: Path) -> None:
    workshop = Workshop()
    five = tuple(Training(f"teacher{n}", "teacher", 3) for n in range(5))
    Recipe(["--data", "x"], tmp_path, 2, (five, (Training("last", "small", 2),)), {}, begin=workshop.begin).cook()
    assert workshop.most == 2
    assert [words[words.index("--out") + 1] for words in workshop.asked] == [
        *(str(tmp_path / one.name) for one in five), str(tmp_path / "answers-of-5.npz"), str(tmp_path / "last"),
    ]  # fmt: skip
    fits = [threads for words, threads in zip(workshop.asked, workshop.threads, strict=True) if words[0] == "fit"]
    assert fits[0] <= fits[-1]  # side by side each has its share of the processors
    assert workshop.threads[5] is None
    assert workshop.asked[-1][-3:] == ["--teachers", str(tmp_path / "answers-of-5.npz"), "--resume"]


def test_the_bundled_nets_are_trained_again_from_kept_answers(tmp_path: Path) -> None:
    workshop = Workshop()
    recipe = Recipe(["--data", "x"], tmp_path, 2, GENERATIONS[-2:], kept=KEPT_ANSWERS, begin=workshop.begin)
    recipe.cook()
    assert [words[0] for words in workshop.asked] == ["fit"] * 3 + ["merge"] * len(MERGED)
    for words in workshop.asked[:3]:
        assert words[words.index("--teachers") + 1] == str(KEPT_ANSWERS)
    again = workshop.asked[1]
    assert again[again.index("--from") + 1] == str(tmp_path / "default-first" / "model.keras")


def test_what_is_not_finished_is_gone_on_with(tmp_path: Path) -> None:
    workshop = Workshop()
    recipe = Recipe(
        ["--data", "x"], tmp_path, 2, ((Training("one", "tiny", 3), Training("two", "tiny", 3)),), {},
        begin=workshop.begin,
    )  # fmt: skip
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "history.json").write_text(json.dumps([{}] * 3))
    recipe.cook()
    assert [words[words.index("--out") + 1] for words in workshop.asked] == [str(tmp_path / "two")]
    assert workshop.asked[0][-1] == "--resume"


def test_a_command_that_fails_ends_the_recipe_and_what_trains_beside_it(tmp_path: Path) -> None:
    stopped: list[str] = []

    class Endless(Ended):
        def poll(self) -> None:  # type: ignore[override]
            return None

        def terminate(self) -> None:
            stopped.append("stopped")

    def begin(words: list[str], log: Path | None, threads: int | None) -> Ended:
        assert log is not None
        log.write_text("much\nerror: no room\n\n")
        return Ended(1) if "one" in str(log) else Endless(0)

    recipe = Recipe(["--data", "x"], tmp_path, 2, ((Training("one", "tiny", 3), Training("two", "tiny", 3)),), {})
    with pytest.raises(HardwareError, match="training one failed: error: no room"):
        dataclasses.replace(recipe, begin=begin).cook()
    assert stopped == ["stopped"]


def test_a_recipe_whose_data_is_gone_says_which_run_failed_and_why(tmp_path: Path) -> None:
    """With a process of its own, as the command has it."""
    generations = ((Training("first", "tiny-teacher", 1),),)
    recipe = Recipe(["--data", str(tmp_path / "gone.npz")], tmp_path / "out", 1, generations)
    with pytest.raises(HardwareError, match=r"training first failed: error: .*gone\.npz"):
        recipe.cook()
    assert epochs_done(tmp_path / "out" / "first") == 0
