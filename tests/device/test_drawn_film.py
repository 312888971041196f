"""What is read on the drawn recording, as it was drawn and each time alike."""

import json
from pathlib import Path

import numpy as np
import pytest

from device.settings.settings import Settings
from tests.conftest import error_lines, run_command
from tests.drawn_film import CHANGE_SECONDS, FRAMES_PER_SECOND, SECONDS, STORY

FRAMES = int(SECONDS * FRAMES_PER_SECOND)


@pytest.fixture(scope="module")
def events(drawn_recording: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    path = tmp_path_factory.mktemp("events") / "events.jsonl"
    result = run_command("device", "run", "--camera", drawn_recording, "--events", path)
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in path.read_text().splitlines()]


def faces_near(event: dict, x: float) -> list[dict]:
    return [face for face in event["faces"] if abs(face["box"][0] + face["box"][2] / 2 - x) < 60]


def test_every_frame_gives_one_event_with_its_time(events: list[dict]) -> None:
    assert [event["frame"] for event in events] == list(range(FRAMES))
    assert [event["time"] for event in events] == pytest.approx(np.arange(FRAMES) / FRAMES_PER_SECOND, abs=0.002)
    for event in events:
        assert set(event) == {"frame", "time", "faces", "ms"}
        areas = [face["box"][2] * face["box"][3] for face in event["faces"]]
        assert areas == sorted(areas, reverse=True)
        for face in event["faces"]:
            assert face["scores"] is None or sum(face["scores"].values()) == pytest.approx(1, abs=1e-4)
            assert (face["emotion"] is None) == ("unsure" in face)


def test_the_faces_are_found_where_they_were_drawn_and_nowhere_else(events: list[dict]) -> None:
    found = [faces_near(event, a.x) for event in events for a in STORY if a.start <= event["time"] < a.end]
    assert np.mean([len(faces) == 1 for faces in found]) > 0.97
    held = Settings().hold_seconds
    empty = [event for event in events if not any(a.start <= event["time"] < a.end + held + 0.05 for a in STORY)]
    assert len(empty) > 20
    assert sum(len(event["faces"]) for event in empty) == 0


def test_the_drawn_expressions_are_read(events: list[dict]) -> None:
    """Away from the changes, each face's steady label is the expression that was drawn."""
    for appearance in STORY:
        right = []
        for event in events:
            settled = all(not 0 <= event["time"] - second < 2 * CHANGE_SECONDS + 0.3 for second, _ in appearance.moods)
            if appearance.start <= event["time"] < appearance.end and settled:
                drawn = appearance.mood(event["time"])[1]
                right += [face["emotion"] == drawn for face in faces_near(event, appearance.x)]
        assert np.mean(right) > 0.9, appearance


def test_each_person_keeps_one_number(events: list[dict]) -> None:
    for appearance in STORY:
        ids = {
            face["id"]
            for e in events
            if appearance.start <= e["time"] < appearance.end
            for face in faces_near(e, appearance.x)
        }
        assert len(ids) == 1


def test_replay_reads_the_same_each_time(drawn_recording: Path, tmp_path: Path) -> None:
    golden = tmp_path / "golden.jsonl"
    assert run_command("device", "replay", drawn_recording, "--write-golden", golden).returncode == 0
    again = run_command("device", "replay", drawn_recording, "--expect", golden)
    assert (again.returncode, again.stdout) == (0, "")
    events = [json.loads(line) for line in golden.read_text().splitlines()]
    assert all("ms" not in event for event in events)
    events[50]["faces"] = []
    golden.write_text("".join(json.dumps(event) + "\n" for event in events))
    changed = run_command("device", "replay", drawn_recording, "--expect", golden)
    assert (changed.returncode, len(error_lines(changed))) == (3, 1)
    assert "frame 50: 1 faces instead of 0" in changed.stderr
