"""A release is tried in a process of its own before it may serve."""

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from device.errors import RefusedError, UsageError
from device.net import model_file, probe_faces
from device.net.classifier import Classifier
from device.net.model_file import ModelFile
from device.process import child
from device.releases import trial
from device.releases.activate import activate
from device.releases.store import BUNDLED, Store
from tests import hostile, needs
from tests.conftest import ROOT
from tests.probes import draw


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (hostile.crashing, "crashes the interpreter"),
        (hostile.stalling, "hangs"),
        (hostile.one_class, "answers sad to all of 21"),
    ],
)
@pytest.mark.once
def test_a_hostile_model_is_refused_by_its_trial(
    state: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: object, reason: str, runtime: str
) -> None:
    needs.module("tensorflow", pip="tensorflow")  # makes the hostile model
    made = make(tmp_path / "hostile")  # type: ignore[operator]
    run = trial.run
    monkeypatch.setattr(trial, "run", lambda folder, labels, expected: run(folder, labels, expected, seconds=5))
    with pytest.raises(RefusedError, match=reason):
        activate(str(made), 1)
    assert state.current() == BUNDLED
    assert list(state.releases.iterdir()) == []


@pytest.mark.parametrize("make", [hostile.stalling_before_a_camera, hostile.failing_before_a_camera])
@pytest.mark.once
def test_what_shows_only_before_a_camera_passes_its_trial(state: Store, tmp_path: Path, make: object) -> None:
    """So only probation can find it: tests/rig/test_releases.py."""
    needs.module("tensorflow", pip="tensorflow")  # makes the hostile model
    made = make(tmp_path / "hostile")  # type: ignore[operator]
    activate(str(made), 1)
    assert state.current() != BUNDLED


@pytest.mark.once
def test_answers_that_no_good_model_gives() -> None:
    good = np.array([[0.8, 0.2], [0.3, 0.7]])
    labels = ("yes", "no")
    trial.judge(good, 1.0, labels, good)
    for scores, run_ms, expected, reason in [
        (good * np.nan, 1.0, None, "no probabilities"),
        (good[:, :1], 1.0, None, "no probabilities"),
        (good * 2, 1.0, None, "no probabilities"),
        (good[[0, 0]], 1.0, None, "answers yes to all of 2"),
        (good, 1.0, good[::-1], "otherwise here than where it was made: 0.50 off"),
        (good, 1.0, good[:1], "another shape"),
        (good, 400.0, None, "400 ms a run, 250 are allowed"),
    ]:
        with pytest.raises(RefusedError, match=reason):
            trial.judge(scores, run_ms, labels, expected)


def test_the_trial_runs_as_nobody_in_particular() -> None:
    """In the child, after it has given up its rights."""
    if os.geteuid() != 0:
        pytest.skip("only root has rights to give up")
    program = (
        "import os, resource; from device.releases import trial; trial.confine();"
        "print(os.getresuid(), os.getresgid(), os.getgroups(), resource.getrlimit(resource.RLIMIT_CPU)[0])"
    )
    shown = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "(0" not in shown.stdout
    assert "[]" in shown.stdout


def test_a_trial_from_a_folder_that_only_root_enters(tmp_path: Path, bundled: ModelFile) -> None:
    """Whoever the trial becomes cannot read the program any more: what it needs is loaded before that."""
    if os.geteuid() != 0:
        pytest.skip("only root can enter what it then can not")
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    (private / "program").symlink_to(ROOT)
    (private / "packages").symlink_to(Path(np.__file__).parents[1])
    environment = os.environ | {"PYTHONPATH": f"{private / 'program'}:{private / 'packages'}"}
    # Without site, so that packages are found through the private folder only.
    python, *words = child.command("device.releases.trial", str(bundled.path.parent))
    shown = subprocess.run([python, "-S", *words], cwd="/", env=environment, capture_output=True, text=True)
    assert shown.returncode == 0, shown.stderr
    assert len(json.loads(shown.stdout)["scores"]) == 21


def test_a_program_that_cannot_be_read_is_not_the_model_s_fault(
    release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What still has to be imported once the rights are given up, and is not there, is told as such."""
    late = "import sys; sys.stderr.write('nobody cannot read all of the program in /x'); sys.exit(4)"
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{late}"\n')
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    with pytest.raises(UsageError, match="could not be tried: nobody cannot read all of the program in /x; move it"):
        trial.run(release, ("a", "b"), None)


def test_probes_are_what_is_drawn_and_the_bundled_release_promises_its_answers(classifier: Classifier) -> None:
    shipped = cv2.imread(str(probe_faces.FILE), cv2.IMREAD_GRAYSCALE)
    assert shipped is not None
    assert np.abs(shipped.astype(int) - draw()).mean() < 3
    described = json.loads((model_file.BUNDLED / "default" / "emotion.json").read_text())
    expected = probe_faces.expected(described)
    assert expected is not None
    answers = np.array([classifier.scores(crop) for crop in probe_faces.crops(classifier.card)])
    assert np.abs(answers - expected).max() < trial.SCORE_TOLERANCE
    assert len(set(answers.argmax(axis=1))) >= 5
    assert probe_faces.expected(described | {"probes": {"sha256": "another", "scores": []}}) is None
    assert probe_faces.expected({"probes": described["probes"] | {"scores": "many"}}) is None
