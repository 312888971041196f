"""The bundled models from the data to their run folders: teachers, their answers, and the nets that learn from them."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tqdm import tqdm

from device.errors import HardwareError
from train.run import MODEL_NAME, epochs_done, holds_model


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
        return "teacher" in self.model

    def command(self, data: list[str], out: Path, teachers: Path | None) -> list[str]:
        words = ["fit", *data, "--out", str(out / self.name), "--model", self.model, "--epochs", str(self.epochs)]
        if teachers:
            words += ["--teachers", str(teachers)]
        if self.start:
            words += ["--from", str(out / self.start / MODEL_NAME)]
        return [sys.executable, "-m", "train", *words, *self.flags, "--resume"]


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
# What ships of a run with two heads, and how much the votes' head counts in it.
MERGED = {"default": ("default-two-headed", 0.3), "small": ("small-two-headed", 0.25)}
# What the bundled nets' teachers answered, so that the last generations can be trained again without them.
KEPT_ANSWERS = Path(__file__).with_name("answers.npz")


@dataclass(frozen=True)
class Recipe:
    """What to do, and on what."""

    data: list[str]  # --data and --ferplus, as `train fit` takes them
    out: Path
    jobs: int  # runs that train side by side
    generations: tuple[tuple[Training, ...], ...] = GENERATIONS
    merged: Mapping[str, tuple[str, float]] = field(default_factory=lambda: MERGED)
    kept: Path | None = None  # answers that every generation learns from, instead of former ones' own

    def seconds(self, images: int) -> float:
        """About how long the whole recipe takes here, measured on a few steps of each net.

        Raises:
            HardwareError: a net cannot be trained here.
        """
        total = 0.0
        for runs in self.generations:
            threads = _threads(self.jobs, len(runs))
            for run in tqdm(runs, desc="measuring", unit=" nets", leave=False):
                left = run.epochs - epochs_done(self.out / run.name)
                words = [sys.executable, "-m", "train.teach.pace", run.model, str(images)]
                environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
                paced = subprocess.run(words, env=environment, check=False, capture_output=True, text=True)
                if paced.returncode:
                    raise HardwareError(f"{run.name} cannot be trained here: {_last(paced.stderr)}")
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
            answers = self.kept or (self.answers(len(teachers)) if teachers else None)
            if answers and not answers.exists():
                self._do("teach", *map(self._model, teachers), *self.data, "--out", answers)
            _train(runs, self.data, self.out, self.jobs, answers)
        for name, (run, votes_share) in self.merged.items():
            if not holds_model(self.out / name):
                self._do("merge", self._model(run), *self.data, "--votes-share", votes_share, "--out", self.out / name)

    def answers(self, teachers: int) -> Path:
        """What so many teachers, the first of the recipe, say together."""
        return self.out / f"answers-of-{teachers}.npz"

    def _model(self, name: str) -> Path:
        return self.out / name / MODEL_NAME

    def _do(self, *words: object) -> None:
        ended = subprocess.run([sys.executable, "-m", "train", *map(str, words)], check=False)
        if ended.returncode:
            raise HardwareError(f"train {words[0]} failed, see above; then the same command goes on from here")


def _train(runs: tuple[Training, ...], data: list[str], out: Path, jobs: int, teachers: Path | None) -> None:
    waiting = [run for run in runs if epochs_done(out / run.name) < run.epochs]
    running: dict[subprocess.Popen[bytes], Training] = {}
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


def _last_line(log: Path) -> str:
    return _last(log.read_text(errors="replace")) or f"see {log}"


def _last(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")
