"""What a live camera's driver does, and what is asked of it."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np


class Picture(NamedTuple):
    """One picture as a camera gave it; stride and colour order are dealt with."""

    grey: np.ndarray  # uint8 [H, W]
    image: np.ndarray  # uint8 [H, W, 3], blue green red


@dataclass(frozen=True)
class Wanted:
    """What a live camera is asked for; it may give something else, and then says so."""

    width: int  # pixels
    height: int  # pixels
    rate: float  # frames a second
    pixel_format: str  # four characters of V4L2, as MJPG or YUYV; empty for the camera's own choice

    def given(self, width: int, height: int, rate: float, pixel_format: str = "") -> str:
        """What the camera gives, and what was asked for where that is another thing."""
        text = f"{width}x{height} {pixel_format}".strip() + f", {rate:.4g} frames a second"
        asked = []
        if (width, height) != (self.width, self.height):
            asked.append(f"{self.width}x{self.height}")
        if self.pixel_format and pixel_format != self.pixel_format:
            asked.append(self.pixel_format)
        if abs(rate - self.rate) > 0.05 * self.rate:
            asked.append(f"{self.rate:.4g} frames a second")
        return text + (f" (asked for {', '.join(asked)})" if asked else "")


class Driver(Protocol):
    """A live camera. All its methods are called from one thread; any of them may take for ever.

    Raises:
        KioskError: the camera is missing, busy, forbidden or gone, with the cure.
    """

    name: str
    given: str  # what it gives, for a person; known once it is open
    frames_per_second: float  # nominal; known once it is open

    def open(self) -> None: ...

    def grab(self) -> float:
        """Wait for the next picture and keep it; returns when it was taken, in seconds of a monotonic clock.

        Raises:
            EOFError: no more pictures will come.
            TimeoutError: none came in time.
        """
        ...

    def retrieve(self) -> Picture | None:
        """The picture that was grabbed last, decoded and copied; None where it is broken."""
        ...

    def pause(self) -> None:
        """Take no pictures until `resume`."""
        ...

    def resume(self) -> None:
        """Take pictures again; raises what opening does."""
        ...

    def close(self) -> None: ...
