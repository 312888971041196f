"""Which way up a camera hangs and which part of its picture counts. The only place for it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

import cv2
import numpy as np

from device.camera.camera import Camera
from device.contract import Frame
from device.errors import UsageError
from device.settings import forms

_TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


@dataclass(frozen=True)
class View:
    """The picture is turned, then mirrored, then cut.

    Raises:
        UsageError: no such rotation, or a region that is not written as WIDTHxHEIGHT+LEFT+TOP.
    """

    rotation: int = 0  # degrees clockwise by which the picture is turned: 0, 90, 180 or 270
    mirror: bool = False  # left and right change places
    region: str = ""  # WIDTHxHEIGHT+LEFT+TOP in pixels of the turned and mirrored picture; empty for all of it

    def __post_init__(self) -> None:
        if self.rotation not in (0, *_TURNS):
            raise UsageError(f"rotation = {self.rotation} is none of 0, {', '.join(map(str, _TURNS))}")
        if self.region:
            forms.parse_region(self.region)

    def apply(self, picture: np.ndarray) -> np.ndarray:
        """`picture` (uint8 [H, W] or [H, W, 3]) as it is to be seen; contiguous in memory.

        Raises:
            UsageError: the region reaches beyond the picture.
        """
        if self.rotation:
            picture = cv2.rotate(picture, _TURNS[self.rotation])
        if self.mirror:
            picture = cv2.flip(picture, 1)
        if self.region:
            width, height, left, top = forms.parse_region(self.region)
            if left + width > picture.shape[1] or top + height > picture.shape[0]:
                seen = f"{picture.shape[1]}x{picture.shape[0]}"
                raise UsageError(f"region = {self.region!r} reaches beyond the picture of {seen} pixels")
            picture = np.ascontiguousarray(picture[top : top + height, left : left + width])
        return picture


class Viewed:
    """A camera whose frames are seen through a View."""

    def __init__(self, camera: Camera, view: View):
        self.camera, self.view = camera, view
        self.frames_per_second = camera.frames_per_second

    @property
    def dropped(self) -> int:
        return self.camera.dropped

    @property
    def hangs(self) -> bool:
        return self.camera.hangs

    def __enter__(self) -> Self:
        self.camera.__enter__()
        self.frames_per_second = self.camera.frames_per_second
        return self

    def __exit__(self, *error: object) -> None:
        self.camera.__exit__(*error)

    def __iter__(self) -> Iterator[Frame]:
        for frame in self.camera:
            yield replace(frame, grey=self.view.apply(frame.grey), image=self.view.apply(frame.image))

    def pause(self) -> None:
        self.camera.pause()

    def resume(self) -> None:
        self.camera.resume()

    def describe(self) -> str:
        turned = f", turned by {self.view.rotation} degrees" if self.view.rotation else ""
        mirrored = ", mirrored" if self.view.mirror else ""
        cut = f", cut to {self.view.region}" if self.view.region else ""
        return self.camera.describe() + turned + mirrored + cut

    def lost(self) -> str:
        return self.camera.lost()
