"""The bundled models from the data to their run folders: teachers, their answers, and the nets that learn from them."""

import os
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tqdm import tqdm

from device.errors import HardwareError
from device.process import child
from train.run import MODEL_NAME, epochs_done, holds_model

_POLL_SECONDS = 0.2  # between two looks at what trains


@dataclass(frozen=True)
class Training:
    """One `train fit`; those of one generation train side by side."""

    name: str  # of its folder
    model: str
    epochs: int
    flags: tuple[str, ...] = ()
    start: str | None = None  # run of a former generation whose weights it goes on from

    @property
    def teaches(self) -> bool:
        """Whether later generations learn from its answers: a net with two heads."""
        return "teacher" in self.model

    def words(self, data: list[str], out: Path, teachers: Path | None) -> list[str]:
        """What follows `python -m train`.

        Args:
            data: its flags, as of Recipe.
            out: folder of the recipe's runs.
            teachers: their answers, where there are any.
        """
        words = ["fit", *data, "--out", str(out / self.name), "--model", self.model, "--epochs", str(self.epochs)]
        if teachers:
            words += ["--teachers", str(teachers)]
        if self.start:
            words += ["--from", str(out / self.start / MODEL_NAME)]
        return [*words, *self.flags, "--resume"]


_TAUGHT = ("--teacher-weight", "0.6")
_AGAIN = ("--peak-rate", "0.02", "--augment", "1.1", "--mixup", "0.3")
# Each generation but the first learns from what all teachers before it answer together; the last is the bundled nets.
GENERATIONS = (
    tuple(Training(f"teacher{n}", "teacher", 45, ("--seed", f"{n}", "--augment", "0.8")) for n in (1, 2)),
    tuple(Training(f"teacher{n}", "teacher", 45, ("--seed", f"{n}", *_TAUGHT)) for n in (3, 4)),
    (Training("default-first", "teacher", 78, ("--seed", "41", *_TAUGHT)),),
    (
        Training("default-two-headed", "teacher", 96, ("--seed", "61", *_TAUGHT, *_AGAIN), start="default-first"),
        Training("small-two-headed", "small-teacher", 64, ("--seed", "42", *_TAUGHT, "--augment", "0.7")),
    ),
)
# What ships, and the run whose layers its heads are fitted to.
HEADS = {"default": "default-two-headed", "small": "small-two-headed"}
# What the bundled nets' teachers answered, so that the last generations can be trained again without them.
KEPT_ANSWERS = Path(__file__).with_name("answers.npz")


class Process(Protocol):
    """What the recipe asks of a command that it has started."""

    def poll(self) -> int | None:
        """Its exit status; None while it runs."""

    def wait(self) -> int:
        """Its exit status, once it has ended."""

    def terminate(self) -> None:
        """Ask it to end."""


def begin(words: list[str], log: Path | None = None, threads: int | None = None) -> Process:
    """`python -m train WORDS` as a process of its own.

    Args:
        log: takes at its end what the process says; None lets it speak on our own output.
        threads: how many its backend may use; None leaves it to the backend.
    """
    command = child.command("train", *words)
    environment = child.environment() | ({} if threads is None else {"OMP_NUM_THREADS": str(threads)})
    if log is None:
        return subprocess.Popen(command, env=environment)
    with log.open("ab") as file:
        return subprocess.Popen(command, env=environment, stdout=file, stderr=file)


@dataclass(frozen=True)
class Recipe:
    """What to do, and on what."""

    data: list[str]  # --data and --ferplus, as `train fit` takes them
    out: Path
    jobs: int  # runs that train side by side
    generations: tuple[tuple[Training, ...], ...] = GENERATIONS
    heads: Mapping[str, str] = field(default_factory=lambda: HEADS)
    pictures: list[str] = field(default_factory=list)  # --empty and --peopled, as `train heads` takes them
    kept: Path | None = None  # answers that every generation learns from, instead of former ones' own
    begin: Callable[[list[str], Path | None, int | None], Process] = begin  # how a command is started

    def seconds(self, images: int) -> float:
        """About how long the whole recipe takes here, measured on a few steps of each net.

        Raises:
            HardwareError: a net cannot be trained here.
        """
        total = 0.0
        for trainings in self.generations:
            threads = _threads(self.jobs, len(trainings))
            for one in tqdm(trainings, desc="measuring", unit=" nets", leave=False):
                left = one.epochs - epochs_done(self.out / one.name)
                command = child.command("train.teach.pace", one.model, str(images))
                environment = child.environment() | {"OMP_NUM_THREADS": str(threads)}
                paced = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
                if paced.returncode:
                    why = _last(paced.stderr).removeprefix("error: ")
                    raise HardwareError(f"{one.name} cannot be trained here: {why}")
                total += left * float(paced.stdout) / min(self.jobs, len(trainings))
        return total

    def cook(self) -> None:
        """Run whatever is not finished yet; stopped at any time, the same call goes on where it was.

        Raises:
            HardwareError: a run failed; its log says why.
        """
        self.out.mkdir(parents=True, exist_ok=True)
        for number, trainings in enumerate(self.generations):
            teachers = [one.name for former in self.generations[:number] for one in former if one.teaches]
            answers = self.kept or (self.answers(len(teachers)) if teachers else None)
            if answers and not answers.exists():
                self._do("teach", *map(self._model, teachers), *self.data, "--out", answers)
            self._train(trainings, answers)
        for name, trained in self.heads.items():
            if not holds_model(self.out / name):
                self._do("heads", self._model(trained), *self.data, *self.pictures, "--out", self.out / name)

    def answers(self, teachers: int) -> Path:
        """What so many teachers, the first of the recipe, say together."""
        return self.out / f"answers-of-{teachers}.npz"

    def _model(self, name: str) -> Path:
        return self.out / name / MODEL_NAME

    def _do(self, *words: object) -> None:
        """One command, whose output is ours."""
        process = self.begin([*map(str, words)], None, None)
        try:
            status = process.wait()
        except BaseException:  # we are asked to stop
            process.terminate()
            process.wait()
            raise
        if status:
            raise HardwareError(f"train {words[0]} failed, see above; then the same command goes on from here")

    def _train(self, trainings: tuple[Training, ...], answers: Path | None) -> None:
        """One generation: so many side by side as there are jobs, each with a log of its own."""
        waiting = [one for one in trainings if epochs_done(self.out / one.name) < one.epochs]
        threads = _threads(self.jobs, len(waiting))
        running: dict[Process, Training] = {}
        total = sum(one.epochs for one in trainings)
        with tqdm(total=total, desc=", ".join(one.name for one in trainings), unit=" epochs", smoothing=0) as bar:
            try:
                while waiting or running:
                    while waiting and len(running) < self.jobs:
                        one = waiting.pop(0)
                        words = one.words(self.data, self.out, answers)
                        running[self.begin(words, self._log(one), threads)] = one
                    time.sleep(_POLL_SECONDS)
                    for process in [process for process in running if process.poll() is not None]:
                        one = running.pop(process)
                        if process.poll():
                            raise HardwareError(f"training {one.name} failed: {_last_line(self._log(one))}")
                    bar.update(sum(epochs_done(self.out / one.name) for one in trainings) - bar.n)
            finally:
                for process in running:
                    process.terminate()
                    process.wait()

    def _log(self, training: Training) -> Path:
        return self.out / f"{training.name}.log"


def _threads(jobs: int, trainings: int) -> int:
    """Of each training: side by side on their share of the processors they train faster than one after the other."""
    return max(1, (os.cpu_count() or 1) // max(1, min(jobs, trainings)))


def _last_line(log: Path) -> str:
    return _last(log.read_text(errors="replace")) or f"see {log}"


def _last(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")
