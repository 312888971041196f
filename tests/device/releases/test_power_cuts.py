"""A power cut at any step of an activation leaves a whole, valid release active (tests/power_cuts.py does it)."""

import json
import tempfile
from pathlib import Path

import pytest

from device.net import model_file
from tests import hostile
from tests.conftest import run_command

pytestmark = pytest.mark.once

FORMER = model_file.BUNDLED / "default"


@pytest.fixture(scope="module")
def candidate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile.retrained(tmp_path_factory.mktemp("candidate") / "release")


def play(story: str, candidate: Path) -> list[dict]:
    # In memory where that is possible: what is synced is not what is tested here, and syncing takes most of the time.
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        result = run_command("tests.power_cuts", story, FORMER, candidate, folder)
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize(("story", "least"), [("good", 40), ("crashes", 40), ("again", 40), ("start", 8)])
def test_whatever_the_moment_a_whole_release_is_active(candidate: Path, story: str, least: int) -> None:
    steps = play(story, candidate)
    *cuts, whole = steps
    assert len(cuts) >= least
    assert all(cut["killed"] for cut in cuts)
    assert not whole["killed"]
    former = json.loads((FORMER / "emotion.json").read_text())["sha256"]
    new = json.loads((candidate / "emotion.json").read_text())["sha256"]
    for step in steps:
        assert step["then"]["active"] in (former, new), step
        # A candidate survives the next start only if its probation was over.
        proved = step["then"]["state"] == "good" and step["then"]["active"] == new
        assert step["next_start"]["active"] == (new if proved else former), step
        assert step["next_start"]["state"] != "on probation", step
        assert step["next_try"] == {"active": new, "state": "good"}, step
        # And nothing of it stays lying about.
        assert step["left"] == [".activation.lock", ".changes.lock", "activation.json", "current", "releases"], step
        assert step["releases"] <= 5, step
    if story == "good":
        assert whole["then"] == {"active": new, "state": "good"}
        assert {step["then"]["active"] for step in cuts} == {former, new}
    else:
        assert whole["next_start"]["active"] == (new if story == "again" else former)


def test_what_is_switched_to_is_on_disk_before(candidate: Path) -> None:
    steps = [tuple(step) for step in play("order", candidate)]
    new = json.loads((candidate / "emotion.json").read_text())["sha256"]

    def at(*step: str) -> int:
        return steps.index(step)

    model, switched = "/incoming/.emotion.tflite.new", at("rename", "/current.new", "/current")
    adopted = at("rename", "/incoming", f"/releases/{new}")
    assert at("sync", model) < at("rename", model, "/incoming/emotion.tflite") < at("sync", "/incoming") < adopted
    assert adopted < steps.index(("sync", "/releases"), adopted) < switched
    record = at("rename", "/.activation.json.new", "/activation.json")
    assert at("sync", "/.activation.json.new") < record < steps.index(("sync", ""), record) < switched
    assert steps[switched + 1] == ("sync", "")
