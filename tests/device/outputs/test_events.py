"""The form in which events are published."""

import json

from device.outputs.events import as_event, as_timed_event
from tests.device.readings import reading


def test_an_event_has_the_published_form() -> None:
    assert json.loads(json.dumps(as_timed_event(reading()))) == {
        "frame": 3,
        "time": 0.1235,
        "faces": [
            {
                "id": 1,
                "box": [1, 2, 30, 40],
                "emotion": "happy",
                "confidence": 0.8765,
                "scores": {"happy": 0.8, "sad": 0.2},
            }
        ],
        "ms": {"detect": 1.235, "classify": 0.1, "total": 1.5},
    }
    unsure = as_event(reading(None))
    assert "ms" not in unsure
    assert (unsure["faces"][0]["emotion"], unsure["faces"][0]["unsure"]) == (None, "close scores")
