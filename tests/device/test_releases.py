"""A release is taken in whole or not at all, and a kiosk that does not read with it goes back by itself."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from device.errors import HardwareError, ModelError, RefusedError, UsageError
from device.net import model_file, probe_faces
from device.net.classifier import Classifier
from device.net.model_file import ModelFile
from device.process import child
from device.releases import activate as activation
from device.releases import guard, lock, probation, signature, store, trial
from device.releases.activate import activate
from device.releases.store import BUNDLED, Store
from device.service import unit
from tests import hostile
from tests.conftest import ROOT, error_lines, run_command
from tests.device.test_models import KINDS, damage
from tests.power_cuts import Kiosk
from tests.probes import draw

DEFAULT = hashlib.sha256((hostile.BUNDLED / "emotion.tflite").read_bytes()).hexdigest()
RECORDING = ROOT / "tests" / "media" / "drawn_faces.mp4"


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("EMOTION_KIOSK_STATE", str(tmp_path / "state"))
    made = Store()
    made.prepare()
    return made


@pytest.fixture
def other(tmp_path: Path) -> Path:
    return hostile.retrained(tmp_path / "other")


def put(state: Store, source: Path) -> str:
    """Into the store without a trial."""
    return state.adopt(state.copy_in(source))


def test_a_good_release_becomes_the_active_one_and_previous_goes_back(state: Store, release: Path, other: Path) -> None:
    first = run_command("device", "activate", release)
    assert first.returncode == 0, first.stderr
    assert "21 faces answered, as its maker got them" in first.stdout
    assert "nothing was restarted" in first.stdout
    one = state.current()
    assert run_command("device", "activate", other).returncode == 0
    assert state.current() != one
    assert state.load(state.current()).content == (other / "emotion.tflite").read_bytes()
    assert "active already" in run_command("device", "activate", other).stdout
    assert run_command("device", "activate", "previous").returncode == 0
    assert state.current() == one
    assert run_command("device", "activate", "previous").returncode == 0
    assert state.current() != one


def test_before_any_release_there_is_no_previous_and_after_the_first_it_is_the_bundled_one(
    state: Store, release: Path
) -> None:
    result = run_command("device", "activate", "previous")
    assert (result.returncode, len(error_lines(result))) == (2, 1)
    assert run_command("device", "activate", release).returncode == 0
    assert run_command("device", "activate", "previous").returncode == 0
    assert state.current() == BUNDLED
    assert not state.link.exists()


@pytest.mark.parametrize("kind", [*KINDS, "no JSON", "a link"])
def test_what_is_no_whole_release_changes_nothing(state: Store, release: Path, other: Path, kind: str) -> None:
    state.switch(put(state, other))
    before, held = state.current(), sorted(state.folder.rglob("*"))
    if kind == "no JSON":
        (release / "emotion.json").unlink()
    elif kind == "a link":
        (release / "emotion.json").unlink()
        (release / "emotion.json").symlink_to("/etc/passwd")
    else:
        damage(release, kind)
    with pytest.raises(ModelError):
        activate(str(release), 1)
    assert state.current() == before
    assert {path.name for path in set(state.folder.rglob("*")) - set(held)} <= {".activation.lock"}


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (hostile.crashing, "crashes the interpreter"),
        (hostile.stalling, "hangs"),
        (hostile.one_class, "answers sad to all of 21"),
    ],
)
def test_a_hostile_model_is_refused_by_its_trial(
    state: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: object, reason: str, runtime: str
) -> None:
    pytest.importorskip("tensorflow", reason="TensorFlow makes the hostile model")
    made = make(tmp_path / "hostile")  # type: ignore[operator]
    run = trial.run
    monkeypatch.setattr(trial, "run", lambda folder, labels, expected: run(folder, labels, expected, seconds=5))
    with pytest.raises(RefusedError, match=reason):
        activate(str(made), 1)
    assert state.current() == BUNDLED
    assert list(state.releases.iterdir()) == []


@pytest.mark.parametrize("make", [hostile.stalling_before_a_camera, hostile.failing_before_a_camera])
def test_what_shows_only_before_a_camera_passes_its_trial(state: Store, tmp_path: Path, make: object) -> None:
    """So only probation can find it: tests/rig/test_releases.py."""
    pytest.importorskip("tensorflow", reason="TensorFlow makes the hostile model")
    made = make(tmp_path / "hostile")  # type: ignore[operator]
    activate(str(made), 1)
    assert state.current() != BUNDLED


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


def test_active_is_the_release_of_the_link_else_the_bundled_one(state: Store, other: Path) -> None:
    words = ("device", "run", "--check", "--camera", RECORDING, "--model", "active")
    assert f"active, {DEFAULT[:12]}" in run_command(*words).stdout
    release = put(state, other)
    state.switch(release)
    assert f"active, {release[:12]}" in run_command(*words).stdout
    (state.path(release) / "emotion.tflite").write_bytes(b"rotten")
    result = run_command(*words)
    assert f"active, {DEFAULT[:12]}" in result.stdout
    assert [line for line in result.stderr.splitlines() if "the bundled model serves instead" in line]
    assert len(result.stderr.splitlines()) == 1


def test_the_guard_lets_a_watched_release_start_once(state: Store, release: Path, other: Path) -> None:
    first, second = put(state, release), put(state, other)
    state.switch(first)
    with lock.activation(state.folder):
        probation.begin(state, second, 60)
        guard.main()
        assert state.current() == second
        guard.main()
    assert state.current() == first
    last = probation.read(state)
    assert last is not None
    assert (last.state, last.reason) == (probation.ROLLED_BACK, "the kiosk ended within the probation")
    assert probation.end(state) == last  # too late to be found good


def test_the_guard_goes_back_at_once_where_nobody_watches(state: Store, other: Path) -> None:
    """As after a power cut in mid-probation."""
    with lock.activation(state.folder):
        probation.begin(state, put(state, other), 60)
        guard.main()
    result = run_command("device.releases.guard")
    assert result.returncode == 0
    assert "back to release bundled: the probation was cut short" in result.stderr
    assert state.current() == BUNDLED
    assert run_command("device.releases.guard").stderr == ""


def test_the_guard_leaves_a_good_release_and_a_bare_machine_alone(state: Store, other: Path, tmp_path: Path) -> None:
    second = put(state, other)
    with lock.activation(state.folder):
        probation.begin(state, second, 60)
        probation.end(state)
    assert guard.main() == 0
    assert state.current() == second
    assert run_command("device.releases.guard", EMOTION_KIOSK_STATE=str(tmp_path / "none")).returncode == 0
    assert not (tmp_path / "none").exists()


def test_the_way_back_is_the_bundled_model_where_the_last_good_release_has_rotted(
    state: Store, release: Path, other: Path
) -> None:
    first, second = put(state, release), put(state, other)
    state.switch(first)
    probation.begin(state, second, 60)
    (state.path(first) / "emotion.tflite").write_bytes(b"rotten")
    guard.main()
    assert state.current() == BUNDLED
    last = probation.read(state)
    assert last is not None
    assert "is damaged, the bundled one serves" in last.reason


def test_two_activations_at_once(state: Store, release: Path) -> None:
    with lock.activation(state.folder), pytest.raises(HardwareError, match="another release is being activated"):
        activate(str(release), 1)
    activate(str(release), 1)


@pytest.mark.parametrize("moment", ["switch", "restart"])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), HardwareError("systemctl restart: no answer")])
def test_whatever_ends_an_activation_between_switch_and_watch_the_candidate_does_not_stay(
    state: Store, release: Path, other: Path, monkeypatch: pytest.MonkeyPatch,
    moment: str, error: BaseException,
) -> None:  # fmt: skip
    before = put(state, other)
    state.switch(before)
    restarted_with = []

    class Broken(Kiosk):
        def restart(self) -> None:
            restarted_with.append(state.current())
            if moment == "restart" and len(restarted_with) == 1:
                raise error

    def begin(*words: object) -> None:
        begun(*words)  # type: ignore[arg-type]
        if moment == "switch":
            raise error

    begun = probation.begin
    monkeypatch.setattr(activation, "unit", Broken(None))
    monkeypatch.setattr(trial, "run", lambda *_: "left out")
    monkeypatch.setattr(probation, "begin", begin)
    with pytest.raises(type(error)):
        activate(str(release), 1)
    assert state.current() == restarted_with[-1] == before
    last = probation.read(state)
    assert last is not None
    assert last.state == probation.ROLLED_BACK
    assert last.reason in ("activate was stopped", "systemctl restart: no answer")


@pytest.mark.parametrize(("content", "reason"), [("", "so releases are not used"), ("widht = 3", "mean 'width'")])
def test_settings_with_which_a_release_would_not_run_change_nothing(
    state: Store, release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, reason: str
) -> None:
    kiosk = Kiosk(None)
    kiosk.SETTINGS = tmp_path / "config.toml"
    kiosk.SETTINGS.write_text(content)
    monkeypatch.setattr(activation, "unit", kiosk)
    with pytest.raises(UsageError, match=reason):
        activate(str(release), 1)
    assert list(state.releases.iterdir()) == []


def test_a_systemd_that_does_not_answer_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(words: list[str], **_: object) -> None:
        raise subprocess.TimeoutExpired(words, 60)

    monkeypatch.setattr(unit.subprocess, "run", run)
    with pytest.raises(HardwareError, match="systemctl show: no answer in 60 seconds"):
        unit.state()


def test_old_releases_are_bounded_and_needed_ones_stay(state: Store, release: Path, other: Path) -> None:
    needed = put(state, release)
    for number in range(9):
        made = state.releases / f"{number:064x}"
        made.mkdir()
        os.utime(made, (number, number))
    state.prune({needed, BUNDLED}, 5)
    left = sorted(int(folder.name, 16) for folder in state.releases.iterdir() if folder.name != needed)
    assert left == [5, 6, 7, 8]
    state.load(needed)


def test_the_same_model_again_mends_what_rotted(state: Store, release: Path) -> None:
    name = put(state, release)
    (state.path(name) / "emotion.tflite").write_bytes(b"rotten")
    assert put(state, release) == name
    state.load(name)


def test_only_signed_releases_where_signers_are_listed(
    state: Store, release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def key(name: str) -> Path:
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(tmp_path / name)]
        subprocess.run(command, check=True)
        return tmp_path / name

    if not any((Path(folder) / "ssh-keygen").exists() for folder in os.environ["PATH"].split(":")):
        pytest.skip("no ssh-keygen here")
    ours, theirs = key("ours"), key("theirs")
    allowed = tmp_path / "allowed_signers"
    allowed.write_text(f'maker@home namespaces="{signature.NAMESPACE}" {ours.with_suffix(".pub").read_text()}')
    monkeypatch.setattr(signature, "ALLOWED_SIGNERS", allowed)
    with pytest.raises(RefusedError, match="is not signed"):
        activate(str(release), 1)
    signature.sign(release, theirs)
    with pytest.raises(RefusedError, match="signed by nobody"):
        activate(str(release), 1)
    assert state.current() == BUNDLED
    signature.sign(release, ours)
    activate(str(release), 1)
    name = state.current()
    assert name != BUNDLED
    activate("previous", 1)  # the bundled one came with the program
    (state.path(name) / "emotion.json").write_text(
        json.dumps(json.loads((release / "emotion.json").read_text()) | {"use": "anything"})
    )
    with pytest.raises(RefusedError, match="changed after maker@home signed it"):
        activate("previous", 1)


def test_the_store_is_readable_by_all_and_writable_by_its_owner_alone(state: Store, release: Path) -> None:
    former = os.umask(0o077)
    try:
        activate(str(release), 1)
    finally:
        os.umask(former)
    for path in (state.folder, state.releases, *state.releases.rglob("*"), state.folder / probation.RECORD_NAME):
        assert path.stat().st_mode & 0o777 == (0o755 if path.is_dir() else 0o644), path
    assert sorted(path.name for path in state.folder.iterdir() if not path.name.startswith(".")) == [
        "activation.json",
        "current",
        "releases",
    ]


def test_a_release_of_absurd_size_or_of_pipes_is_refused(state: Store, release: Path) -> None:
    with (release / "emotion.tflite").open("r+b") as file:
        file.truncate(70_000_000)
    with pytest.raises(ModelError, match="larger than"):
        state.copy_in(release)
    (release / "emotion.tflite").unlink()
    os.mkfifo(release / "emotion.tflite")
    with pytest.raises(ModelError, match="no plain file"):
        state.copy_in(release)
    with pytest.raises(ModelError, match="no release"):
        store.check(release.parent)
