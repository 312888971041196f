"""A contact sheet: a recording at a glance, as one picture."""

import sys
from pathlib import Path
from typing import Self

import cv2
import numpy as np

from device.contract import Frame, Output, Reading
from device.drawing import lettering
from device.drawing.fitting import annotate
from device.drawing.lettering import Style
from device.errors import OutputError
from device.process import whole_file
from device.process.output_paths import check_target
from device.process.safe_names import shown

_TILES = 12
_TILE = (320, 240)  # width, height, pixels
_COLUMNS = 4
_NAME = Style(cv2.FONT_HERSHEY_SIMPLEX, 0.45, 1)
_LINE = 22  # height of the line of text under each tile, pixels


class ContactSheet(Output):
    """Twelve annotated frames, evenly spread over the recording, each with its time, as a PNG.

    How long a recording will be is not known beforehand: every `_step`-th frame is kept, and when there are twice as
    many as wanted, every second one is let go. So at most 24 small tiles are held, however long it runs.
    """

    def __init__(self, path: Path):
        self.path = path
        self._tiles: list[np.ndarray] = []
        self._step, self._count = 1, 0
        self._told = False

    def __enter__(self) -> Self:
        check_target(self.path)
        return self

    def show(self, frame: Frame, reading: Reading) -> None:
        if self._count % self._step == 0:
            if len(self._tiles) == 2 * _TILES:
                self._tiles = self._tiles[::2]
                self._step *= 2
            if self._count % self._step == 0:
                self._tiles.append(_tile(frame, reading))
        self._count += 1
        self._look_at(frame.name)

    def __exit__(self, *error: object) -> None:
        if not self._tiles:
            return
        places = np.linspace(0, len(self._tiles) - 1, min(_TILES, len(self._tiles))).round().astype(int)
        tiles = [self._tiles[place] for place in places]
        columns = min(_COLUMNS, len(tiles))
        tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % columns)
        rows = [np.hstack(tiles[start : start + columns]) for start in range(0, len(tiles), columns)]
        content = cv2.imencode(".png", np.vstack(rows))[1].tobytes()
        try:
            whole_file.write(self.path, content)
        except OSError as error:
            raise OutputError(f"{self.path}: could not be written ({error.strerror})") from error

    def _look_at(self, name: str) -> None:
        """Say once where a photo's name will not be drawn whole."""
        if not self._told and (fault := lettering.lacking([name])):
            self._told = True
            print(f"warning: {self.path.name}: {fault}", file=sys.stderr, flush=True)


def _tile(frame: Frame, reading: Reading) -> np.ndarray:
    picture = annotate(frame.image, reading, _TILE)
    line = np.full((_LINE, _TILE[0], 3), 30, dtype=np.uint8)
    text = shown(frame.name)[-36:] or f"{reading.time:.1f} s"
    lettering.write(line, text, (6, _LINE - 7), _NAME, (220, 220, 220))
    return np.vstack([picture, line])
