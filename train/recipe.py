"""The bundled models from the data to their run folders: teachers, their answers, and the nets that learn from them."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tqdm import tqdm

from device.errors import HardwareError


@dataclass(frozen=True)
class Run:
    """One `train fit`; those of one generation train side by side."""

    name: str  # of its folder
    model: str
    epochs: int
    flags: tuple[str, ...] = ()
    start: str = ""  # the run whose weights it starts from

    @property
    def teaches(self) -> bool:
        return "teacher" in self.model

    def command(self, data: list[str], out: Path, teachers: Path | None) -> list[str]:
        words = ["fit", *data, "--out", str(out / self.name), "--model", self.model, "--epochs", str(self.epochs)]
        if self.start:
            words += ["--from", str(out / self.start / "model.keras")]
        if teachers:
            words += ["--teachers", str(teachers)]
        return [sys.executable, "-m", "train", *words, *self.flags, "--resume"]


_TEACHER = ("--weight-decay", "0.003")
_STUDENT = ("--weight-decay", "0.002")
_WARM = ("--peak-rate", "0.08")  # of a net that does not start from nothing
_SMALL = ("--weight-decay", "0.001", "--augment", "0.7")
# Each generation but the first learns from what all teachers before it answer together.
GENERATIONS = (
    tuple(Run(f"teacher{n}", "teacher", 45, (*_TEACHER, "--seed", f"{n}", "--augment", "0.8")) for n in (1, 2)),
    (
        Run("wide", "wide-teacher", 36, (*_TEACHER, "--seed", "11", "--teacher-weight", "0.5")),
        Run(
            "first",
            "default",
            30,
            (*_STUDENT, *_WARM, "--augment", "0.8", "--ferplus-weight", "0.35"),
            start="teacher1",
        ),
    ),
    (
        Run("votes", "default", 30, (*_STUDENT, *_WARM, "--ferplus-weight", "0.4"), start="first"),
        Run("small-votes", "small", 60, (*_SMALL, "--ferplus-weight", "0.4")),
    ),
    (
        Run("own", "default", 14, (*_STUDENT, "--peak-rate", "0.06", "--ferplus-weight", "0.1"), start="votes"),
        Run("small", "small", 45, (*_SMALL, *_WARM, "--ferplus-weight", "0.15"), start="small-votes"),
    ),
)
# What ships lies between one that keeps to the votes and one that keeps to the own labels.
AVERAGES = {"default": ("votes", "own")}


@dataclass(frozen=True)
class Recipe:
    """What to do, and on what."""

    data: list[str]  # --data and --ferplus, as `train fit` takes them
    out: Path
    jobs: int  # runs that train side by side
    generations: tuple[tuple[Run, ...], ...] = GENERATIONS
    averages: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: AVERAGES)

    def seconds(self, images: int) -> float:
        """About how long the whole recipe takes here, measured on a few steps of each net."""
        total = 0.0
        for runs in self.generations:
            threads = _threads(self.jobs, len(runs))
            for run in tqdm(runs, desc="measuring", unit=" nets", leave=False):
                left = run.epochs - epochs_done(self.out / run.name)
                words = [sys.executable, "-m", "train.pace", run.model, str(images)]
                environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
                paced = subprocess.run(words, env=environment, check=True, capture_output=True, text=True)
                total += left * float(paced.stdout) / min(self.jobs, len(runs))
        return total

    def cook(self) -> None:
        """Run whatever is not finished yet; stopped at any time, the same call goes on where it was.

        Raises:
            HardwareError: a run failed; its log says why.
        """
        self.out.mkdir(parents=True, exist_ok=True)
        for number, runs in enumerate(self.generations):
            teachers = [run.name for former in self.generations[:number] for run in former if run.teaches]
            answers = self.answers(len(teachers)) if teachers else None
            if answers and not answers.exists():
                self._do("teach", *map(self._model, teachers), *self.data, "--out", answers)
            _train(runs, self.data, self.out, self.jobs, answers)
        for name, parts in self.averages.items():
            if not self._model(name).exists():
                self._do("average", *map(self._model, parts), "--out", self.out / name)

    def answers(self, teachers: int) -> Path:
        """What so many teachers, the first of the recipe, say together."""
        return self.out / f"answers-of-{teachers}.npz"

    def _model(self, name: str) -> Path:
        return self.out / name / "model.keras"

    def _do(self, *words: object) -> None:
        subprocess.run([sys.executable, "-m", "train", *map(str, words)], check=True)


def _train(runs: tuple[Run, ...], data: list[str], out: Path, jobs: int, teachers: Path | None) -> None:
    waiting = [run for run in runs if epochs_done(out / run.name) < run.epochs]
    running: dict[subprocess.Popen[bytes], Run] = {}
    environment = os.environ | {"OMP_NUM_THREADS": str(_threads(jobs, len(waiting)))}
    total = sum(run.epochs for run in runs)
    with tqdm(total=total, desc=", ".join(run.name for run in runs), unit=" epochs", smoothing=0) as bar:
        try:
            while waiting or running:
                while waiting and len(running) < jobs:
                    run = waiting.pop(0)
                    with (out / f"{run.name}.log").open("ab") as log:
                        process = subprocess.Popen(
                            run.command(data, out, teachers), stdout=log, stderr=log, env=environment
                        )
                    running[process] = run
                time.sleep(1)
                for process in [p for p in running if p.poll() is not None]:
                    run = running.pop(process)
                    if process.returncode:
                        raise HardwareError(f"training {run.name} failed: {_last_line(out / f'{run.name}.log')}")
                bar.update(sum(epochs_done(out / run.name) for run in runs) - bar.n)
        finally:
            for process in running:
                process.terminate()
                process.wait()


def _threads(jobs: int, runs: int) -> int:
    """Of each run: side by side on their share of the processors they train faster than one after the other."""
    return max(1, (os.cpu_count() or 1) // max(1, min(jobs, runs)))


def epochs_done(folder: Path) -> int:
    """Whole epochs of a run that its folder records."""
    try:
        return len(json.loads((folder / "history.json").read_text()))
    except FileNotFoundError:
        return 0


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), f"see {log}")
