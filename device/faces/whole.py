"""Where nobody is looked for: the picture itself is what is read, as a digit, or a face that was cut out before."""

from device.contract import Box, Frame
from device.faces.follower import Followed
from device.settings.settings import Settings


class Whole:
    """Stands in for the Follower: in each frame one face, number 1, whose box is the whole picture."""

    def __init__(self) -> None:
        self._still = True

    def adopt(self, settings: Settings) -> None:
        pass

    def follow(self, frame: Frame) -> list[Followed]:
        self._still = frame.still
        height, width = frame.grey.shape
        return [Followed(1, Box(0, 0, width, height), False)]

    def refuse(self, number: int) -> None:
        """Nothing is forgotten: what is read is there in any case."""

    def known(self) -> set[int]:
        """Numbers of the faces that may be seen again; a photo has nothing to do with the one before it."""
        return set() if self._still else {1}
