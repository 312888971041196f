"""Readings as JSON Lines, one object a frame."""

import contextlib
import errno
import json
import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from device.contract import Frame, Output, Reading
from device.errors import OutputError, UsageError
from device.outputs.line_file import LineFile
from device.outputs.line_pipe import LinePipe, is_pipe
from device.process import retry
from device.process.retry import Retry
from device.process.stop import NEVER, Stop
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


def _check(name: str) -> None:
    if name == "-" and stdout_is_closed():
        raise UsageError("events cannot go to stdout, which is closed: name a file, --events FILE")


class EventLog(Output):
    """Writes the events of a recording to a file of its own, or to stdout for `-`. A reader that is slow is waited for.

    The file is opened with the first frame: a camera that does not open costs no former events.

    Args:
        form: what a reading looks like.
        stop: ends the wait for a reader.

    Raises:
        UsageError: at once, `-` where stdout is closed.
        OutputError: the file cannot be written (no folder, no permission, full disk).
        BrokenPipeError: nobody reads stdout any more.
    """

    def __init__(self, name: str, form: Callable[[Reading], dict[str, Any]] = as_timed_event, stop: Stop = NEVER):
        _check(name)
        self.name, self._form, self._stop = name, form, stop
        self._files = contextlib.ExitStack()
        self._write: Callable[[bytes], object] | None = None

    def show(self, frame: Frame, reading: Reading) -> None:
        line = json.dumps(self._form(reading)).encode() + b"\n"
        try:
            if self._write is None:
                self._write = self._open()
            # At once: whoever reads along gets the frame now, and a kill loses nothing.
            self._write(line)
        except (BrokenPipeError, OutputError):
            raise
        except OSError as error:
            place = "stdout" if self.name == "-" else self.name
            raise OutputError(f"{place}: cannot be written ({error.strerror})") from error

    def __exit__(self, *error: object) -> None:
        with contextlib.suppress(OSError):  # told above already
            self._files.close()

    def _open(self) -> Callable[[bytes], object]:
        if is_pipe(self.name):
            pipe = LinePipe(self.name)
            self._files.callback(pipe.close)
            return lambda line: pipe.write(line, self._stop)
        file = self._files.enter_context(Path(self.name).open("wb", buffering=0))  # noqa: SIM115, closed with the others

        def write(line: bytes) -> None:
            if file.write(line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        return write


class EventStream(Output):
    """Writes events to stdout or into a FIFO, on a run that goes on. Nobody is waited for: events for which a reader
    leaves no room are left out and counted, and a FIFO that nobody reads is tried again now and then (see Retry).

    Raises:
        UsageError: at once, `-` where stdout is closed.
        BrokenPipeError: nobody reads stdout any more.
    """

    def __init__(self, name: str):
        _check(name)
        self._name, self._retry = name, Retry(f"events {name}")
        self._pipe: LinePipe | None = None
        self._left_out = 0
        self._left_out_at = -math.inf  # monotonic seconds

    def show(self, frame: Frame, reading: Reading) -> None:
        if self._pipe is None and not self._retry.is_due:
            self._left_out += 1
            return
        try:
            if self._pipe is None:
                self._pipe = LinePipe(self._name)
            taken = self._pipe.offer(json.dumps(as_timed_event(reading)).encode() + b"\n")
        except BrokenPipeError:
            raise
        except OSError as error:  # OutputError is one
            self._left_out += 1
            self._close()
            self._retry.fail(error.strerror or str(error).removeprefix(f"{self._name}: "))
            return
        now = time.monotonic()
        if not taken:
            self._left_out += 1
            self._left_out_at = now
            self._retry.fail("its reader is slow, and misses events")
        elif now - self._left_out_at > retry.SECONDS:
            # Not at once: of a reader that is a little too slow every other event would be a line.
            self._retry.recover(f"is read again; {self._left_out} events were left out")
            self._left_out = 0

    def __exit__(self, *error: object) -> None:
        self._close()

    def _close(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None


class EndlessEventLog(Output):
    """Appends events to a file that never grows beyond its bounds (see LineFile), whatever becomes of the disk.

    Raises:
        OutputError: on entering, the file cannot be written for another reason than the disk's own.
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
