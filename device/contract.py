"""What the parts of the device hand to each other, and what takes readings. Nothing here does anything."""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Self

import numpy as np

from device.settings.settings import Settings


class Box(NamedTuple):
    """A rectangle in pixels of the camera's image; may reach over its edge."""

    x: int
    y: int
    width: int
    height: int

    @property
    def area(self) -> int:
        return self.width * self.height

    def overlap(self, other: "Box") -> float:
        """Intersection over union, 0 to 1."""
        width = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        height = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        if width <= 0 or height <= 0:
            return 0.0
        shared = width * height
        return shared / (self.area + other.area - shared)


@dataclass(frozen=True)
class Frame:
    """One picture from a camera, turned, mirrored and cut as the settings say (see device/camera/view.py)."""

    index: int  # counted from 0
    time: float  # seconds from the first frame
    grey: np.ndarray  # uint8 [H, W]
    image: np.ndarray  # uint8 [H, W, 3], blue green red
    still: bool = False  # True for a photo: unrelated to the frames before and after it
    name: str = ""  # the photo's file name


@dataclass(frozen=True)
class Pause:
    """There is no frame now, and that is meant."""

    kind: Literal["closed", "waiting", "fault"]  # outside the hours; for a camera that is away; for good
    reason: str  # one line, for a person
    cure: str = ""  # what to do about it, where there is something to be done


Moment = Frame | Pause  # what a kiosk's camera gives, one after the other


@dataclass(frozen=True)
class Face:
    """What is read of one face in one frame."""

    id: int
    box: Box
    emotion: str | None  # the steady label; None while unsure
    confidence: float  # of the leading smoothed label, 0 to 1
    scores: dict[str, float] | None  # this frame's calibrated scores; None where the net did not run
    unsure: str | None = None  # the reason, where emotion is None

    def in_words(self) -> str:
        """`happy 91 %`, or `unsure: close scores`."""
        if self.emotion is None:
            return f"unsure: {self.unsure}"
        return f"{self.emotion} {100 * self.confidence:.0f} %"


@dataclass(frozen=True)
class Reading:
    """What is read of one frame; faces largest first."""

    frame: int
    time: float  # seconds
    faces: tuple[Face, ...]
    ms: dict[str, float] = field(default_factory=dict)  # wall clock of each stage, milliseconds


class Output:
    """Where readings go. A part that lives as long as the run; it overrides what it needs."""

    def __enter__(self) -> Self:
        """Open, before the camera is; a KioskError ends the start."""
        return self

    def show(self, frame: Frame, reading: Reading) -> None:
        """Take a finished frame. Never waits; raises only where the run is to end for it."""

    def rest(self, pause: Pause) -> None:
        """Take a pause, instead of a frame: at least once a second while it lasts."""

    def adopt(self, settings: Settings) -> None:
        """Take other settings, between two moments; only those that a reload may change differ."""

    def __exit__(self, *error: object) -> None:
        """Close; files are whole."""
