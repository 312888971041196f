"""A release is run on drawn faces before anything is switched, in a process that may crash or hang without harm.

`python -m device.releases.trial FOLDER` is the child: it prints what the model answered, as JSON.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from device.errors import RefusedError, UsageError, exit_status
from device.net import model_file, probe_faces
from device.net.classifier import Classifier
from device.net.model_file import ModelFile
from device.process import child
from device.releases import store
from device.service.unit import USER

SECONDS = 60.0  # of wall clock for the whole trial: a slow card loads the interpreter in ten
RUN_MS = 250.0  # of the median run: a kiosk reads each face ten times a second
MEMORY_BYTES = 400_000_000  # that the model may take on top of the interpreter
SCORE_TOLERANCE = 0.15  # of a probability: kernels round differently
_UNREADABLE = 4  # exit status of the child: not the model is at fault but where this program lies
_USERS = (USER, "nobody")  # in whose name a model is tried: the first whom this machine has


def run(folder: Path, labels: tuple[str, ...], expected: np.ndarray | None, seconds: float = SECONDS) -> str:
    """Try a release whose files were found whole; returns what is to be said of it in a few words.

    Args:
        expected: float64 [faces, labels] that its maker got, None where unknown (device.net.probe_faces.expected).

    Raises:
        RefusedError: it crashes, hangs, is too slow, or answers what no good model answers.
        UsageError: this program is not readable by the user in whose name models are tried.
    """
    try:
        ended = subprocess.run(
            child.command("device.releases.trial", str(folder)),
            # The trial speaks for the kiosk, which systemd starts without the PYTHONPATH of whoever calls `activate`:
            # it has to meet the same interpreter. And the user whose rights are left may not enter what stands there.
            env=child.environment(callers_path=False),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired as error:
        raise RefusedError(f"the model hangs: its trial was not done after {seconds:g} s") from error
    if ended.returncode < 0:
        name = signal.Signals(-ended.returncode).name
        raise RefusedError(f"the model crashes the interpreter ({name})")
    if ended.returncode == _UNREADABLE:
        said = ended.stderr.strip().splitlines()[-1]
        raise UsageError(f"the model could not be tried: {said}; move it to a folder that everybody may enter")
    if ended.returncode:
        lines = ended.stderr.splitlines() or [f"exit status {ended.returncode}"]
        raise RefusedError(f"the model does not run: {lines[-1].removeprefix('error: ')[:300]}")
    try:
        answer = json.loads(ended.stdout)
        scores, run_ms = np.asarray(answer["scores"], float), float(answer["run_ms"])
    except (ValueError, KeyError, TypeError) as error:
        raise RefusedError("the model's trial gave no readable answer") from error
    judge(scores, run_ms, labels, expected)
    beside = "" if expected is None else ", as its maker got them"
    return f"{len(scores)} faces answered{beside}, {run_ms:.1f} ms a run on {str(answer.get('runtime'))[:20]}"


def judge(scores: np.ndarray, run_ms: float, labels: tuple[str, ...], expected: np.ndarray | None) -> None:
    """Raise RefusedError for answers float64 [faces, labels] that no good model gives."""
    if scores.ndim != 2 or scores.shape[1] != len(labels) or not np.isfinite(scores).all():
        raise RefusedError("the model's answers are no probabilities")
    if np.abs(scores.sum(axis=1) - 1).max() > 1e-3 or scores.min() < 0:
        raise RefusedError("the model's answers are no probabilities")
    answers = scores.argmax(axis=1)
    if (answers == answers[0]).all():
        raise RefusedError(f"the model answers {labels[answers[0]]} to all of {len(scores)} different faces")
    if expected is not None:
        if expected.shape != scores.shape:
            raise RefusedError("emotion.json promises answers of another shape: make the release anew")
        worst = float(np.abs(scores - expected).max())
        if worst > SCORE_TOLERANCE:
            raise RefusedError(f"the model answers otherwise here than where it was made: {worst:.2f} off")
    if run_ms > RUN_MS:
        raise RefusedError(f"the model takes {run_ms:.0f} ms a run, {RUN_MS:.0f} are allowed")


def _answer(folder: Path) -> None:
    """In the child: load and run the model, with as few rights as can be.

    The user whose rights are left may not be able to read this program, in a folder that only root enters. So the
    bundled model, which is trusted, runs first with our rights: it loads whatever a run needs.
    """
    model, trusted = store.check(folder), model_file.load(model_file.find("default"))
    faces = probe_faces.crops(model.card)
    _run(trusted, probe_faces.crops(trusted.card))
    user = confine()
    try:
        answer = _run(model, faces)
    except ImportError as error:
        print(f"{user} cannot read all of the program in {child.ROOT} ({error})", file=sys.stderr)
        os._exit(_UNREADABLE)
    print(json.dumps(answer))


def _run(model: ModelFile, faces: list[np.ndarray]) -> dict[str, Any]:
    """Scores of each face, milliseconds of the median run, and the interpreter's name."""
    classifier = Classifier(model)
    scores, milliseconds = [], []
    for face in faces:
        start = time.perf_counter()
        scores.append(classifier.scores(face).tolist())
        milliseconds.append((time.perf_counter() - start) * 1000)
    return {"scores": scores, "run_ms": float(np.median(milliseconds)), "runtime": classifier.runtime}


def confine() -> str:
    """Give up root, and limit memory, processor time and files; returns whose rights are left."""
    import pwd
    import resource

    os.nice(10)  # the kiosk goes on beside it
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limits = {
        resource.RLIMIT_AS: pages * resource.getpagesize() + MEMORY_BYTES,
        # Whoever started this process waits for SECONDS and then says that the model hangs; this is for the case that
        # it is gone by then. What the other processors and the start have used counts here too.
        resource.RLIMIT_CPU: 2 * int(SECONDS),
        resource.RLIMIT_FSIZE: 1_000_000,
        resource.RLIMIT_CORE: 0,
    }
    for limit, value in limits.items():
        resource.setrlimit(limit, (value, value))
    if os.geteuid() != 0:
        return f"user {os.geteuid()}"
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    user = next(known[name] for name in _USERS if name in known)
    os.setgroups([])
    os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
    os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
    return user.pw_name


if __name__ == "__main__":
    # No clean-up: what a hostile model has done to this process is not to run on.
    status = exit_status(lambda: _answer(Path(sys.argv[1])))
    os._exit(status)
