"""Readings held against recorded ones: does this machine read what another read?"""

import json
from pathlib import Path
from typing import Any

from device.contract import Box, Frame, Output, Reading
from device.errors import DataError
from device.outputs.events import as_event
from device.process import whole_file

# Interpreters and processors differ by one int8 step of a logit; Haar differs by a pixel or two between builds.
_LEAST_OVERLAP = 0.9
_SCORE_TOLERANCE = 0.05


class Events(Output):
    """Keeps the events of a recording, to be written or compared when it has ended."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def show(self, frame: Frame, reading: Reading) -> None:
        self.events.append(as_event(reading))


def read(path: Path) -> list[dict[str, Any]]:
    """Events from a JSON Lines file.

    Raises:
        DataError: missing, or a line that is no event; the line is named.
    """
    events = []
    try:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            event = json.loads(line)
            if not _is_event(event):
                raise DataError(f"{path}: line {number} is no event")
            events.append(event)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise DataError(f"{path}: line {len(events) + 1} is no event ({error})") from error
    return events


def write(path: Path, events: list[dict[str, Any]]) -> None:
    """Write events as JSON Lines; never half a file."""
    whole_file.write(path, "".join(json.dumps(event) + "\n" for event in events).encode())


def _is_event(event: Any) -> bool:
    return isinstance(event, dict) and all(
        isinstance(face, dict) and len(face.get("box", ())) == 4 and {"emotion", "scores"} <= set(face)
        for face in event.get("faces", [None])
    )


def difference(expected: list[dict[str, Any]], actual: list[dict[str, Any]]) -> str | None:
    """The first difference that matters, as one line; None where both read the same."""
    for one, other in zip(expected, actual, strict=False):
        found = _between(one, other)
        if found:
            return f"frame {other['frame']}: {found}"
    if len(expected) != len(actual):
        return f"{len(actual)} frames instead of {len(expected)}"
    return None


def _between(expected: dict[str, Any], actual: dict[str, Any]) -> str | None:
    if len(expected["faces"]) != len(actual["faces"]):
        return f"{len(actual['faces'])} faces instead of {len(expected['faces'])}"
    for one, other in zip(expected["faces"], actual["faces"], strict=True):
        if Box(*one["box"]).overlap(Box(*other["box"])) < _LEAST_OVERLAP:
            return f"a face at {other['box']} instead of {one['box']}"
        if one["emotion"] != other["emotion"]:
            return f"{other['emotion'] or 'unsure'} instead of {one['emotion'] or 'unsure'}"
        for label, score in (one["scores"] or {}).items():
            if abs(score - (other["scores"] or {}).get(label, -1.0)) > _SCORE_TOLERANCE:
                return f"score of {label} {(other['scores'] or {}).get(label)} instead of {score}"
    return None
