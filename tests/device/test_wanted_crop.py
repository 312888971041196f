"""A net that reads whole pictures, on a kiosk that looks for faces: one line, wherever it is brought there or run."""

import json
from pathlib import Path

import pytest

from device.errors import ModelError
from device.net import card, model_file
from tests import hostile
from tests.conftest import run_here
from tests.device.releases.conftest import state

__all__ = ["state"]
WANTED = 'the model reads whole pictures, not faces: it needs the setting crop = "whole"'


@pytest.fixture
def faceless(tmp_path: Path) -> Path:
    return hostile.faceless(tmp_path / "faceless")


def test_a_card_without_the_word_is_of_faces(faceless: Path) -> None:
    assert not model_file.load(faceless / "emotion.tflite").card.faces
    bundled = model_file.load(model_file.BUNDLED / "default" / "emotion.tflite").card
    assert (bundled.faces, bundled.wanted_crop) == (True, "")
    with pytest.raises(ModelError, match="does not say true or false of faces"):
        card.parse(bundled.as_dict() | {"faces": "yes"})


def test_run_says_so_unless_the_setting_is_there(faceless: Path, short_recording: Path, tmp_path: Path) -> None:
    words = ["run", "--camera", short_recording, "--model", faceless, "--check"]
    result = run_here("device", *words)
    assert result.returncode == 0, result.stderr
    assert result.stderr.splitlines() == [f"warning: {WANTED} (in a file for --config)"]
    (tmp_path / "config.toml").write_text('crop = "whole"\n')
    assert run_here("device", *words, "--config", tmp_path / "config.toml").stderr == ""


def test_activate_says_so(faceless: Path, state: object) -> None:
    result = run_here("device", "activate", faceless)
    assert result.returncode == 0, result.stderr
    assert f"note: {WANTED} in /etc/emotion-kiosk/config.toml" in result.stdout


def test_replay_reads_whole_pictures_with_it(faceless: Path, short_recording: Path, tmp_path: Path) -> None:
    """It takes no settings file that could say so."""
    kept = tmp_path / "events.jsonl"
    result = run_here("device", "replay", short_recording, "--model", faceless, "--events", kept)
    assert result.returncode == 0, result.stderr
    events = [json.loads(line) for line in kept.read_text().splitlines()]
    assert [[face["box"] for face in event["faces"]] for event in events] == [[[0, 0, 640, 480]]] * len(events)
    assert len(events) > 5
