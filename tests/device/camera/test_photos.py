"""Photos and folders of them, as a user reads them."""

import json
from pathlib import Path

import pytest

from tests.conftest import error_lines, run_command


def test_photos_are_read_each_by_itself(photos: Path) -> None:
    result = run_command("device", "replay", photos)
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert [[face["emotion"] for face in event["faces"]] for event in events] == [["happy"], [], ["surprise"]]
    assert [face["id"] for event in events for face in event["faces"]] == [1, 1]
    for face in (face for event in events for face in event["faces"]):
        assert face["confidence"] == pytest.approx(max(face["scores"].values()), abs=1e-4)  # unsmoothed
    console = run_command("device", "run", "--camera", photos).stdout
    assert "b_nobody.jpg" in console
    assert "no face" in console


def test_an_unreadable_photo_costs_only_itself(photos: Path) -> None:
    (photos / "b_broken.png").write_bytes(b"not a picture")
    (photos / "notes.txt").write_text("not a photo either")
    result = run_command("device", "replay", photos)
    assert result.returncode == 0
    assert len(result.stdout.splitlines()) == 3
    assert "1 of 4 photos could not be read (b_broken.png)" in result.stderr
    alone = run_command("device", "run", "--camera", photos / "b_broken.png")
    assert (alone.returncode, len(error_lines(alone))) == (2, 1)
