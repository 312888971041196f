"""Photos, and folders of photos: unrelated pictures, each read by itself."""

from collections.abc import Iterator
from pathlib import Path
from typing import Self

import cv2
import numpy as np

from device.camera.playback import Clock, Played
from device.contract import Frame
from device.errors import DataError
from device.process.stop import NEVER, Stop

PHOTO_SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".pgm", ".ppm"}


class Photos(Played):
    """One photo, or every photo of a folder in the order of names; one second apart in `Frame.time`.

    A photo of a folder that cannot be read is left out and counted.

    Raises:
        DataError: on entering, no photo there; while reading, not one of them readable.
    """

    frames_per_second = 1.0

    def __init__(self, path: Path, pace: str = "max", loop: bool = False, stop: Stop = NEVER):
        self.path, self.realtime, self.loop, self._stop = path, pace == "realtime", loop, stop
        self._unreadable: list[str] = []

    def __enter__(self) -> Self:
        if self.path.is_dir():
            self._files = sorted(f for f in self.path.iterdir() if f.suffix.lower() in PHOTO_SUFFIXES)
        else:
            self._files = [self.path]
        if not self._files:
            raise DataError(f"{self.path}: holds no photo ({' '.join(sorted(PHOTO_SUFFIXES))})")
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def __iter__(self) -> Iterator[Frame]:
        index, clock = 0, Clock(self.path.name, self._stop)
        while True:
            before = index
            self._unreadable = []
            for file in self._files:
                image = _read(file)
                if image is None:
                    self._unreadable.append(file.name)
                    continue
                if self.realtime:
                    clock.wait_until(index)
                grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
                yield Frame(index, float(index), grey, image, still=True, name=file.name)
                index += 1
            if index == before:
                raise DataError(f"{self.path}: not readable as a photo (cut off, or another format)")
            if not self.loop:
                return

    def describe(self) -> str:
        return f"{self.path.name}: {len(self._files)} photo{'' if len(self._files) == 1 else 's'}"

    def lost(self) -> str:
        if not self._unreadable:
            return ""
        return (
            f"{self.path.name}: {len(self._unreadable)} of {len(self._files)} photos could not be read "
            f"({self._unreadable[0]}{', ...' if len(self._unreadable) > 1 else ''}); the rest was"
        )


def _read(file: Path) -> "cv2.typing.MatLike | None":
    try:
        content = np.fromfile(file, dtype=np.uint8)
        return cv2.imdecode(content, cv2.IMREAD_COLOR) if content.size else None
    except (OSError, cv2.error):
        return None
