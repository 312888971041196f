"""A folder that `device record` wrote, as a camera.

`frames.mjpeg` is one JPEG after another. `recording.jsonl` is a header, then a line a frame, then why it ended:

    {"emotion_kiosk_recording": 1, "camera": "...", "frames_per_second": 30.0, "settings": {"rotation": 0, ...}}
    {"time": 0.0333, "offset": 48201, "bytes": 47993, "crc32": 2596996162}
    {"end": "60 seconds are recorded", "frames": 1800, "dropped": 0}

A frame's line is written after its picture. So whatever ends the recording, what stands in both files is whole.
"""

import json
import math
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Self

import cv2
import numpy as np

from device.camera.playback import Played, play
from device.camera.view import View
from device.contract import Frame
from device.errors import DataError
from device.process.safe_names import shown
from device.process.stop import NEVER, Stop

SIDECAR = "recording.jsonl"
PICTURES = "frames.mjpeg"
MARK = "emotion_kiosk_recording"
VERSION = 1


class Recorded(Played):
    """Every frame of a recorded folder in order, with the time it had when it was recorded.

    Frames that are not whole are left out and counted.

    Raises:
        DataError: at once, the sidecar is none or of a newer kind; while reading, not one frame is readable.
    """

    def __init__(self, path: Path, pace: str = "max", loop: bool = False, stop: Stop = NEVER):
        self.path, self.realtime, self.loop, self._stop = path, pace == "realtime", loop, stop
        header = self._header()
        try:
            settings = header["settings"]
            # The frames are kept as the camera gave them, so how they are to be seen comes with them.
            self.view = View(settings["rotation"], settings["mirror"], settings["region"])
            self.frames_per_second = float(header["frames_per_second"])
            if not 0.1 <= self.frames_per_second <= 1000:
                raise ValueError(self.frames_per_second)
            self._camera = str(header["camera"])
        except (ValueError, TypeError, KeyError) as error:
            raise DataError(self._no_header()) from error
        self._lost = ""

    def __enter__(self) -> Self:
        try:
            self._pictures = (self.path / PICTURES).open("rb")
        except OSError as error:
            raise DataError(f"{self.path / PICTURES}: cannot be read ({error.strerror})") from error
        return self

    def __exit__(self, *error: object) -> None:
        self._pictures.close()

    def __iter__(self) -> Iterator[Frame]:
        return play(self.path.name, self._frames, 1 / self.frames_per_second, self.realtime, self.loop, self._stop)

    def describe(self) -> str:
        return f"{shown(self.path.name)}: recorded from {shown(self._camera)}"

    def lost(self) -> str:
        return self._lost

    def _header(self) -> dict[str, Any]:
        try:
            with (self.path / SIDECAR).open(encoding="utf-8") as sidecar:
                header = json.loads(sidecar.readline())
            version = header[MARK]
        except OSError as error:
            raise DataError(f"{self.path / SIDECAR}: cannot be read ({error.strerror})") from error
        except (ValueError, TypeError, KeyError) as error:
            raise DataError(self._no_header()) from error
        if version != VERSION:
            raise DataError(f"{self.path}: is a recording of kind {version}; this program reads kind {VERSION}")
        return dict(header)

    def _no_header(self) -> str:
        return f"{self.path / SIDECAR}: line 1 is not the header of a recording"

    def _frames(self) -> Iterator[tuple[float, np.ndarray]]:
        good = broken = 0
        ended = False
        with (self.path / SIDECAR).open("rb") as sidecar:
            for line in islice(sidecar, 1, None):
                entry = _entry(line)
                if entry is not None and "end" in entry:
                    ended = True
                    break
                image = _picture(self._pictures, entry) if entry else None
                if image is None:
                    broken += 1
                    continue
                good += 1
                yield entry["time"], image  # type: ignore[index]
        if not good:
            raise DataError(f"{self.path}: holds no readable frame")
        reasons = [f"{broken} of {good + broken} frames were not whole"] if broken else []
        reasons += [] if ended else ["it was cut off while it was recorded"]
        self._lost = f"{shown(self.path.name)}: {' and '.join(reasons)}; the rest was read" if reasons else ""


def _entry(line: bytes) -> dict[str, Any] | None:
    """What a line of the sidecar says; None where it is not whole."""
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    if not isinstance(entry, dict) or not line.endswith(b"\n"):
        return None
    return entry if "end" in entry or _tells_a_frame(entry) else None


def _tells_a_frame(entry: dict[str, Any]) -> bool:
    time, places = entry.get("time"), [entry.get(name) for name in ("offset", "bytes", "crc32")]
    return (
        isinstance(time, int | float)
        and 0 <= time < math.inf
        and all(isinstance(place, int) and 0 <= place < 2**63 for place in places)
    )


def _picture(pictures: BinaryIO, entry: dict[str, Any]) -> np.ndarray | None:
    pictures.seek(entry["offset"])
    content = pictures.read(entry["bytes"])
    if zlib.crc32(content) != entry["crc32"]:
        return None
    return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
