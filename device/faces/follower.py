"""Which faces are in a frame, and which of them is which: the only call that the rest of the device makes."""

from typing import NamedTuple

from device.contract import Box, Frame
from device.faces.detector import Detector
from device.faces.scene_change import SceneChange
from device.faces.tracker import Tracker
from device.settings.settings import Settings


class Followed(NamedTuple):
    """A face in a frame."""

    number: int  # the same as long as it is followed; of a photo, its place in it
    box: Box
    missed: bool  # the last search did not see it: it is shown where it should be


class Follower:
    """Frames in, numbered boxes out, largest first. Frames of a camera or recording are followed, a photo is not."""

    def __init__(self, settings: Settings):
        self._detector, self._tracker, self._scene = Detector(settings), Tracker(settings), SceneChange()

    def adopt(self, settings: Settings) -> None:
        self._detector.adopt(settings)
        self._tracker.adopt(settings)

    def follow(self, frame: Frame) -> list[Followed]:
        if frame.still:
            return [Followed(number, box, False) for number, box in enumerate(self._detector.find(frame.grey), start=1)]
        if self._scene.happened(frame.grey):
            self._tracker.forget()
            self._detector.full_search.restart()
        due = self._tracker.due(frame.time)
        standing = [] if due else self._tracker.standing(frame.time)
        expected = [track.expected(frame.time) for track in due]
        sightings = self._detector.search(frame.grey, frame.time, expected, standing)
        if self._tracker.update(sightings, due, frame.time):
            self._detector.full_search.hurry()
        missed = self._tracker.missed()
        return [Followed(number, box, number in missed) for number, box in self._tracker.shown(frame.time)]

    def refuse(self, number: int) -> None:
        """A sighting in a followed frame was none: what it showed is no face."""
        self._tracker.refuse(number)

    def known(self) -> set[int]:
        """Numbers of the faces that may be seen again."""
        return self._tracker.known()
