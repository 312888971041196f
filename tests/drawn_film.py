"""The recording that ships with the project: three drawn people, one after the other and together.

python -m tests.drawn_film tests/media/drawn_faces.mp4
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from tests.drawn import EXPRESSIONS, PEOPLE, Person, place


@dataclass(frozen=True)
class Appearance:
    """One face in the recording: who, where, and which expression from which second on."""

    person: Person
    x: float  # centre, pixels
    height: float  # pixels
    start: float  # seconds
    end: float
    moods: tuple[tuple[float, str], ...]  # (second from which on, name of the expression)

    def mood(self, time: float) -> tuple[str, str, float]:
        """(former expression, present one, how far the change has come 0..1)."""
        former = present = self.moods[0][1]
        since = self.start
        for second, name in self.moods:
            if time >= second:
                former, present, since = present, name, second
        return former, present, min(1.0, (time - since) / CHANGE_SECONDS)


CHANGE_SECONDS = 0.25  # from one expression to the next
FRAMES_PER_SECOND = 20
SECONDS = 13.0
SIZE = (640, 480)  # width, height of the recording, pixels

STORY = (
    Appearance(PEOPLE[0], 320, 290, 0.5, 6.5, ((0.5, "neutral"), (2.0, "happy"), (4.5, "surprise"))),
    Appearance(PEOPLE[1], 190, 230, 7.5, 13.0, ((7.5, "neutral"), (9.5, "happy"), (11.5, "neutral"))),
    Appearance(PEOPLE[2], 455, 210, 8.0, 13.0, ((8.0, "sad"), (10.5, "surprise"))),
)


def scene(time: float) -> np.ndarray:
    """The recording's picture at a second, uint8 [480, 640, 3]."""
    picture = _room()
    for number, a in enumerate(STORY):
        if a.start <= time < a.end:
            former, present, share = a.mood(time)
            expression = EXPRESSIONS[former].towards(EXPRESSIONS[present], share)
            sway = 2 * np.pi * time / 3.1 + number
            x, y = a.x + 12 * np.sin(sway), 250 + 5 * np.sin(1.7 * sway)
            place(picture, expression, a.person, x, y, a.height, 3 * np.sin(0.8 * sway))
    noise = np.random.default_rng(round(time * 1000)).normal(0, 2, picture.shape[:2])[..., None]
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def _room() -> np.ndarray:
    """A plain wall, lighter towards a window, and a shelf out of focus."""
    width, height = SIZE
    light = np.linspace(1.05, 0.8, width)[None, :, None] * np.linspace(1.0, 0.88, height)[:, None, None]
    room = np.full((height, width, 3), (158, 160, 150), np.float32) * light
    cv2.rectangle(room, (0, 118), (width, 128), (96, 112, 128), -1)
    for left, colour in zip(
        range(20, 120, 22), [(90, 70, 60), (70, 90, 120), (110, 110, 70), (80, 80, 100), (60, 90, 80)], strict=False
    ):
        cv2.rectangle(room, (left, 50), (left + 16, 118), colour, -1)
    return np.clip(cv2.GaussianBlur(room, (0, 0), 5), 0, 255).astype(np.uint8)


def write_recording(path: Path) -> None:
    """The recording that ships with the project: MPEG-4, 640x480."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), FRAMES_PER_SECOND, SIZE)
    for index in range(int(SECONDS * FRAMES_PER_SECOND)):
        writer.write(scene(index / FRAMES_PER_SECOND))
    writer.release()


if __name__ == "__main__":
    write_recording(Path(sys.argv[1]))
