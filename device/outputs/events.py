"""Readings as JSON Lines, one object a frame."""

import contextlib
import json
import sys
from pathlib import Path
from typing import Any, Self, TextIO

from device.contract import Frame, Reading
from device.errors import OutputError
from device.outputs.line_file import EventFile


def as_event(reading: Reading, with_ms: bool = True) -> dict[str, Any]:
    """The reading as the event format has it; `ms` is wall clock and left out where readings are compared."""
    faces = []
    for face in reading.faces:
        event: dict[str, Any] = {
            "id": face.id,
            "box": list(face.box),
            "emotion": face.emotion,
            "confidence": round(face.confidence, 4),
            "scores": face.scores and {label: round(score, 6) for label, score in face.scores.items()},
        }
        if face.unsure is not None:
            event["unsure"] = face.unsure
        faces.append(event)
    event = {"frame": reading.frame, "time": round(reading.time, 4), "faces": faces}
    if with_ms:
        event["ms"] = {stage: round(ms, 3) for stage, ms in reading.ms.items()}
    return event


class EventLog:
    """Writes events to a file of its own, or to stdout for `-`.

    Raises:
        OutputError: the file cannot be written (no folder, no permission, full disk).
    """

    def __init__(self, name: str, with_ms: bool = True):
        self.name, self.with_ms = name, with_ms
        self._files = contextlib.ExitStack()
        self._out: TextIO = sys.stdout

    def __enter__(self) -> Self:
        if self.name != "-":
            try:
                self._out = self._files.enter_context(Path(self.name).open("w", encoding="utf-8"))
            except OSError as error:
                raise OutputError(f"{self.name}: cannot be written ({error.strerror})") from error
        return self

    def show(self, frame: Frame, reading: Reading) -> None:
        line = json.dumps(as_event(reading, self.with_ms))
        try:
            # Flushed at once: whoever reads along gets the frame now, and a kill loses nothing.
            print(line, file=self._out, flush=True)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(f"{self.name}: cannot be written ({error.strerror})") from error

    def __exit__(self, *error: object) -> None:
        with contextlib.suppress(OSError):  # told above already
            self._files.close()


class EndlessEventLog:
    """Appends events to a file that never grows beyond its bounds (see EventFile), whatever becomes of the disk.

    Raises:
        OutputError: on entering, the file cannot be written for another reason than a full disk.
    """

    def __init__(self, file: EventFile):
        self.file = file

    def __enter__(self) -> Self:
        self.file.__enter__()
        return self

    def show(self, frame: Frame, reading: Reading) -> None:
        self.file.append(json.dumps(as_event(reading)).encode() + b"\n")

    def __exit__(self, *error: object) -> None:
        self.file.__exit__(*error)
