"""What a replay may differ in from the events that were kept."""

import json
from pathlib import Path

import pytest

from device.contract import Box
from device.errors import DataError
from device.outputs import golden
from device.outputs.events import as_event
from tests.device.readings import reading


def test_goldens_forgive_a_pixel_and_nothing_more() -> None:
    events = [as_event(reading())]
    assert golden.difference(events, [as_event(reading(box=Box(1, 3, 30, 40)))]) is None
    assert "a face at" in (golden.difference(events, [as_event(reading(box=Box(20, 2, 30, 40)))]) or "")
    assert "sad instead of happy" in (golden.difference(events, [as_event(reading("sad"))]) or "")
    assert "1 frames instead of 2" in (golden.difference(events * 2, events) or "")
    changed = as_event(reading())
    changed["faces"][0]["scores"] = {"happy": 0.7, "sad": 0.3}
    assert "score of happy 0.7 instead of 0.8" in (golden.difference(events, [changed]) or "")


def test_a_golden_file_that_is_none_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "golden.jsonl"
    path.write_text(json.dumps(as_event(reading())) + "\nnot json\n")
    with pytest.raises(DataError, match="line 2"):
        golden.read(path)
    path.write_text('{"faces": [{}]}\n')
    with pytest.raises(DataError, match="line 1"):
        golden.read(path)
    with pytest.raises(DataError, match="cannot be read"):
        golden.read(tmp_path / "missing.jsonl")
