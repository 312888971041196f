"""A camera's frames as they came, with their times, into a folder that replays; its form: device/camera/recorded.py."""

import errno
import json
import shutil
import sys
import time
import zlib
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Self

import cv2
import numpy as np

from device.camera import names
from device.camera.camera import Camera
from device.camera.make import is_recorded, make_camera
from device.camera.recorded import MARK, PICTURES, SIDECAR, VERSION
from device.errors import HardwareError, UsageError
from device.process.safe_names import shown
from device.process.stop import StopOnSignal
from device.settings.settings import Settings

# JPEG, because a Pi must keep up and its card too. A frame of 640x480 with a sensor's noise costs processor time and
# space (python -m benchmarks.record_formats): JPEG 95 0.9 ms and 93 kB; PNG 20 ms and 570 kB; FFV1 16 ms and 500 kB;
# HuffYUV 3 ms and 630 kB, which at 30 frames a second is more than many cards write. Decoded, its grey is off by 1.4
# of 255 on average, and alike under OpenCV 4.6 and 4.14, so that replays agree.
_QUALITY = 95
_MEGABYTE = 1_000_000
# What of the settings made the pictures. The others may hold what is nobody's business, and do not belong here.
_KEPT = ("camera", "width", "height", "rate", "pixel_format", "rotation", "mirror", "region")


def record(settings: Settings, folder: Path) -> None:
    """Write `folder` until its time or space is up, the camera ends, or a signal asks to stop; progress on stderr.

    Raises:
        KioskError: the camera's; the folder is in use, or the disk full or forbidden.
    """
    stop = StopOnSignal()
    seen = replace(settings, rotation=0, mirror=False, region="")  # frames as they came
    with ExitStack() as parts:
        camera = make_camera(seen, stop=stop)
        # What was recorded is seen as its own header says, so what comes of it is upright already.
        recorder = parts.enter_context(Recorder(folder, seen if is_recorded(settings.camera) else settings))
        parts.enter_context(camera)
        recorder.begin(camera)
        progress = Progress()
        why = "the camera ended"
        for frame in camera:
            if frame.still:
                raise UsageError(f"{settings.camera}: photos are no recording; read them with run or replay")
            if reason := recorder.full(frame.time) or ("it was stopped" if stop.is_set() else ""):
                why = reason
                break
            recorder.write(frame.time, frame.image)
            progress.show(frame.time, recorder)
        recorder.end(why, camera.dropped)
        written = f"{recorder.frames} frames, {recorder.bytes / _MEGABYTE:.1f} MB"
        print(f"{shown(folder)}: {written}; {why}", file=sys.stderr)
        if camera.dropped:
            print(f"warning: {camera.dropped} frames came while the disk was busy, and were let go", file=sys.stderr)


class Recorder:
    """Appends frames to a recording. Nothing is held back, so that what is written survives whatever comes.

    Raises:
        UsageError: on entering, the folder holds something already.
        HardwareError: on entering, beginning or writing, the disk is full or forbidden.
    """

    def __init__(self, folder: Path, settings: Settings):
        self.folder, self.settings = folder, settings
        self._place = folder.absolute().parent
        self.frames = self.bytes = 0
        self._files = ExitStack()

    def __enter__(self) -> Self:
        if self.folder.exists() and (not self.folder.is_dir() or any(self.folder.iterdir())):
            raise UsageError(f"{self.folder}: is there already; choose another name")
        if not self._place.is_dir():
            raise HardwareError(f"{self.folder}: cannot be written: {self._place} does not exist")
        if reason := self.full(0.0):
            raise HardwareError(f"{self.folder}: nothing was recorded: {reason}")
        return self

    def __exit__(self, *error: object) -> None:
        self._files.close()

    def begin(self, camera: Camera) -> None:
        """Make the folder and write the header; the camera is open."""
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)  # these are pictures of people
            self._pictures = self._open(PICTURES)
            self._sidecar = self._open(SIDECAR)
        except OSError as error:
            raise HardwareError(f"{self.folder}: cannot be written ({error.strerror})") from error
        kept = {name: getattr(self.settings, name) for name in _KEPT} | {"camera": names.public(self.settings.camera)}
        rate = camera.frames_per_second
        self._line({MARK: VERSION, "camera": camera.describe(), "frames_per_second": rate, "settings": kept})

    def full(self, time: float) -> str:
        """Why nothing may be written any more, or nothing; `time` in seconds from the first frame."""
        limits = self.settings
        if time >= limits.record_seconds:
            return f"{limits.record_seconds:g} seconds are recorded"
        if self.bytes >= limits.record_megabytes * _MEGABYTE:
            return f"{limits.record_megabytes} MB are written (record_megabytes)"
        if shutil.disk_usage(self._place).free < limits.free_megabytes * _MEGABYTE:
            return f"less than {limits.free_megabytes} MB are free on the disk (free_megabytes)"
        return ""

    def write(self, time: float, image: np.ndarray) -> None:
        """Append one frame: `time` in seconds, `image` uint8 [H, W, 3], blue green red."""
        content = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes()
        offset = self.bytes
        self._append(self._pictures, content)
        self.bytes += len(content)
        self._line({"time": time, "offset": offset, "bytes": len(content), "crc32": zlib.crc32(content)})
        self.frames += 1

    def end(self, why: str, dropped: int) -> None:
        """Write the last line, which says that the recording is whole."""
        self._line({"end": why, "frames": self.frames, "dropped": dropped})

    def _open(self, name: str) -> BinaryIO:
        return self._files.enter_context((self.folder / name).open("xb", buffering=0))

    def _line(self, entry: dict[str, object]) -> None:
        self._append(self._sidecar, json.dumps(entry).encode() + b"\n")

    def _append(self, file: BinaryIO, content: bytes) -> None:
        try:
            if file.write(content) != len(content):
                raise OSError(errno.ENOSPC, "No space left on device")
        except OSError as error:
            raise HardwareError(
                f"{self.folder}: could not be written after {self.frames} frames, which can be replayed "
                f"({error.strerror})"
            ) from error


class Progress:
    """A line on stderr: over and over on a terminal, every ten seconds in a log."""

    def __init__(self) -> None:
        self._every = 0.5 if sys.stderr.isatty() else 10.0
        self._next = time.monotonic() + self._every

    def show(self, seconds: float, recorder: Recorder) -> None:
        """Where the recording stands, if it is time to say so."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + self._every
        line = f"{seconds:.1f} s, {recorder.frames} frames, {recorder.bytes / _MEGABYTE:.1f} MB"
        print(line, end="\r" if sys.stderr.isatty() else "\n", file=sys.stderr, flush=True)
