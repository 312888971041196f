"""Readings as JSON Lines, one object a frame."""

import contextlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, TextIO

from device.contract import Frame, Output, Reading
from device.errors import OutputError, UsageError
from device.outputs.line_file import LineFile
from device.process.streams import stdout_is_closed
from device.settings.settings import Settings

_START = b'{"frame": '  # of each line, by which a torn one is known as ours


def as_event(reading: Reading) -> dict[str, Any]:
    """The reading as the event format has it, without `ms`: what is the same on every machine and in every run."""
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
    return {"frame": reading.frame, "time": round(reading.time, 4), "faces": faces}


def as_timed_event(reading: Reading) -> dict[str, Any]:
    """The reading as the event format has it, with the wall clock's milliseconds of each stage."""
    return as_event(reading) | {"ms": {stage: round(ms, 3) for stage, ms in reading.ms.items()}}


class EventLog(Output):
    """Writes events to a file of its own, or to stdout for `-`.

    The file is opened with the first frame: a camera that does not open costs no former events.

    Args:
        form: what a reading looks like.

    Raises:
        UsageError: at once, `-` where stdout is closed.
        OutputError: the file cannot be written (no folder, no permission, full disk).
    """

    def __init__(self, name: str, form: Callable[[Reading], dict[str, Any]] = as_timed_event):
        if name == "-" and stdout_is_closed():
            raise UsageError("events cannot go to stdout, which is closed: name a file, --events FILE")
        self.name, self._form = name, form
        self._files = contextlib.ExitStack()
        self._out: TextIO | None = sys.stdout if name == "-" else None

    def show(self, frame: Frame, reading: Reading) -> None:
        line = json.dumps(self._form(reading))
        try:
            if self._out is None:
                file = Path(self.name).open("w", encoding="utf-8")  # noqa: SIM115, closed with the others
                self._out = self._files.enter_context(file)
            # Flushed at once: whoever reads along gets the frame now, and a kill loses nothing.
            print(line, file=self._out, flush=True)
        except BrokenPipeError:
            raise
        except OSError as error:
            place = "stdout" if self.name == "-" else self.name
            raise OutputError(f"{place}: cannot be written ({error.strerror})") from error

    def __exit__(self, *error: object) -> None:
        with contextlib.suppress(OSError):  # told above already
            self._files.close()


class EndlessEventLog(Output):
    """Appends events to a file that never grows beyond its bounds (see LineFile), whatever becomes of the disk.

    Raises:
        OutputError: on entering, the file cannot be written for another reason than a full disk.
    """

    def __init__(self, path: Path, settings: Settings):
        self._file = LineFile("events", path, _START, settings.events_megabytes, settings.events_files)

    def __enter__(self) -> Self:
        self._file.__enter__()
        return self

    def show(self, frame: Frame, reading: Reading) -> None:
        self._file.append(json.dumps(as_timed_event(reading)).encode() + b"\n")

    def adopt(self, settings: Settings) -> None:
        self._file.bound(settings.events_megabytes, settings.events_files)

    def __exit__(self, *error: object) -> None:
        self._file.__exit__(*error)
