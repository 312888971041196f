"""What every camera does, so that the rest need not know which one it is."""

from collections.abc import Iterator
from typing import Protocol, Self

from device.contract import Frame


class Camera(Protocol):
    """A context manager and an iterable of frames: live, or a recording.

    Raises:
        KioskError: on entering, resuming or reading, with the cure.
    """

    frames_per_second: float  # nominal, known after opening; of photos, how many a video of them shows a second

    @property
    def dropped(self) -> int: ...  # frames let go because newer ones had come; none of a recording

    @property
    def hangs(
        self,
    ) -> bool: ...  # whether a driver's call has not returned although it is closed, which holds the camera

    def __enter__(self) -> Self: ...
    def __exit__(self, *error: object) -> None: ...
    def __iter__(self) -> Iterator[Frame]: ...
    def pause(self) -> None:
        """Let a live camera rest, between two frames."""
        ...

    def resume(self) -> None:
        """Go on after a pause; raises what opening does."""
        ...

    def describe(self) -> str:
        """One line for a person, known after opening."""
        ...

    def lost(self) -> str:
        """What could not be read, one line; empty while nothing was lost."""
        ...
