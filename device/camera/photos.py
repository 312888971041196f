"""Photos, and folders of photos: unrelated pictures, each read by itself."""

from collections.abc import Iterator
from pathlib import Path
from typing import Self

import cv2

from device.camera.kinds import counted, kind_of
from device.camera.playback import Clock, Played
from device.contract import Frame
from device.errors import DataError
from device.net.picture import read_picture
from device.process.safe_names import shown
from device.process.stop import NEVER, Stop


class Photos(Played):
    """One photo, or every photo of a folder in the order of names; one second apart in `Frame.time`.

    What of a folder cannot be read is left out and counted; hidden files are nobody's photos.

    Raises:
        DataError: on entering, no photo there, or none that this user may see; while reading, not one of them readable.
    """

    frames_per_second = 1.0

    def __init__(self, path: Path, pace: str = "max", loop: bool = False, stop: Stop = NEVER):
        self.path, self.realtime, self.loop, self._stop = path, pace == "realtime", loop, stop
        self._others: list[Path] = []
        self._unreadable: list[DataError] = []

    def __enter__(self) -> Self:
        self._files = [self.path]
        if self.path.is_dir():
            # A Mac puts ._IMG_1.JPG beside each IMG_1.JPG that it copies.
            try:
                there = sorted(file for file in self.path.iterdir() if not file.name.startswith("."))
            except OSError as error:
                raise DataError(f"{self.path}: cannot be read ({error.strerror})") from error
            self._files = [file for file in there if kind_of(file) == "photo"]
            self._others = [file for file in there if file not in set(self._files)]
        if not self._files:
            found = f", only {counted(self._others)}" if self._others else ""
            raise DataError(f"{self.path}: holds no photo{found}")
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def __iter__(self) -> Iterator[Frame]:
        index, clock = 0, Clock(self.path.name, self._stop)
        while True:
            before = index
            self._unreadable = []
            for file in self._files:
                try:
                    image = read_picture(file)
                except DataError as error:
                    self._unreadable.append(error)
                    continue
                if self.realtime:
                    clock.wait_until(index)
                    clock.catch_up()
                grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
                yield Frame(index, float(index), grey, image, still=True, name=shown(file.name))
                index += 1
            if index == before:
                raise self._none_readable()
            if not self.loop:
                return

    def describe(self) -> str:
        return f"{shown(self.path.name)}: {len(self._files)} photo{'' if len(self._files) == 1 else 's'}"

    def lost(self) -> str:
        parts = []
        if self._unreadable:
            more = f"; {len(self._unreadable) - 1} more" if len(self._unreadable) > 1 else ""
            count = f"{len(self._unreadable)} of {len(self._files)} photos could not be read"
            parts.append(f"{count} ({self._cause(self._unreadable[0])}{more})")
        if self._others:
            parts.append(f"{counted(self._others)} left out, as no photos")
        return f"{shown(self.path.name)}: {'; '.join(parts)}; the rest was read" if parts else ""

    def _none_readable(self) -> DataError:
        first = self._unreadable[0]
        if len(self._files) == 1:
            return first
        return DataError(f"{self.path}: none of its {len(self._files)} photos can be read ({self._cause(first)})")

    def _cause(self, error: DataError) -> str:
        return str(error).removeprefix(f"{shown(self.path)}/")
