"""What of a picture is learned from: all of it, or the face in it, found and cut out as on the device."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

import cv2
import numpy as np

from device.contract import Box
from device.errors import DataError
from device.faces.detector import Detector
from device.net.card import Card
from device.net.crop import prepare, resize
from device.settings.settings import Settings
from train.data.labels import EMOTIONS

# Side of the square that is cut out, as a multiple of the Haar box's. FER-2013's faces were cut out by such a box.
CROP_SCALE = 1.0
CROPS = ("auto", "face", "whole")
# Data sets of faces that are cut out already have 48 (FER-2013) to 224 pixels (AffectNet), both ways.
_SMALL = 224
_NAMED = 3  # pictures without a face
# Some sets of that size are of heads with something around them, and it shows in a few of their pictures.
_EVERY, _MOST_TRIED, _LEAST_TRIED = 7, 40, 5
_RIM = 0.9  # of the side; a face that is larger fills the picture
_LARGER = 2  # times what the net sees: in a smaller picture nobody is found, with a rim or without
SMALL, WHOLE, ONE, SEVERAL, NONE = "small", "whole", "one face", "several faces", "no face"
_WORDS = {SMALL: "small and square, taken whole", WHOLE: "taken whole"}


@dataclass
class Taken:
    """What was taken of each picture of a source."""

    crop: str = "auto"  # one of CROPS
    counts: Counter[str] = field(default_factory=Counter)  # of SMALL, WHOLE, ONE, SEVERAL, NONE
    searched: dict[str, Counter[str]] = field(default_factory=dict)  # the last three by label
    without: list[str] = field(default_factory=list)  # names of the pictures without a face, which are left out
    tried: int = 0  # of the small ones that were taken whole: in so many a face was looked for
    rimmed: int = 0  # and so often one was found that leaves a rim, so that a kiosk would cut it out

    def of_faces(self, labels: Iterable[str]) -> bool:
        """Whether a net that learns these labels from it reads faces, and not whole pictures.

        It reads what it was shown. Small square pictures show either: there an emotion among the labels decides.
        """
        if self.counts[ONE] or self.counts[SEVERAL]:
            return True
        return not self.counts[WHOLE] and bool(EMOTIONS & set(labels))

    def describe(self) -> str:
        """A line on how many pictures were taken whole and how many cut; of those a table of what was found."""
        cut = self.counts[ONE] + self.counts[SEVERAL]
        parts = [f"{self.counts[kind]:,} {words}" for kind, words in _WORDS.items() if self.counts[kind]]
        parts += [f"{cut:,} cut to the face in them"] if cut else []
        lines = [f"pictures: {', '.join(parts)}"]
        if self.tried >= _LEAST_TRIED and 2 * self.rimmed > self.tried:
            lines.append(
                f"  in {self.rimmed} of {self.tried} small ones that were tried, a kiosk would cut out a smaller face: "
                "--crop face does that here too"
            )
        if self.searched:
            width = max(len("faces found"), *(len(label) for label in self.searched)) + 1
            lines.append(f"{'faces found':<{width}}{'one':>12}{'several':>12}{'none':>12}")
            for label, counts in sorted(self.searched.items()):
                lines.append(f"{label:<{width}}" + "".join(f"{counts[kind]:>12,}" for kind in (ONE, SEVERAL, NONE)))
        if self.counts[SEVERAL]:
            lines.append("  of several the largest is taken")
        if self.without:
            names = ", ".join(self.without[:_NAMED]) + (", ..." if len(self.without) > _NAMED else "")
            hint = "; --crop whole takes pictures as they are" if self.counts[NONE] > cut else ""
            lines.append(f"  left out without a face: {names}{hint}")
        return "\n".join(lines)


class Cutter:
    """Cuts pictures as the crop and the card say, and keeps count.

    `auto` takes a picture that is small and square as it is, because that is how data sets of faces come, and cuts the
    face out of any other; for a model that reads no faces it is `whole`. `face` cuts all, `whole` takes all as they
    are; one that is not square gets its edges repeated, as a crop that reaches over the edge does on the device.

    Args:
        crop: one of CROPS.
        card: of the model that is to see it; the input's size and the rule of the crop.

    """

    def __init__(self, crop: str, card: Card):
        self.taken = Taken("whole" if crop == "auto" and not card.faces else crop)
        self._card = card

    @cached_property
    def _detector(self) -> Detector:
        return Detector(Settings())  # once it is wanted: data that is cut already needs no cascade

    def cut(self, picture: np.ndarray, label: str, name: str) -> np.ndarray | None:
        """What is taken of a picture, uint8 [card height, card width]; None where no face is found in it.

        Args:
            picture: uint8 [H, W], or [H, W, 3] blue green red.
            label: what the data calls it.
            name: by which it is spoken of.

        Raises:
            UsageError: a face is looked for, and the cascade is not installed.
        """
        grey = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
        height, width = grey.shape
        small = height == width <= _SMALL
        if self.taken.crop == "whole" or (self.taken.crop == "auto" and small):
            self.taken.counts[SMALL if small else WHOLE] += 1
            self._try_for_a_rim(grey)
            if height == width:
                return resize(grey, self._card.height, self._card.width)
            return prepare(grey, Box(0, 0, width, height), replace(self._card, crop_scale=1.0))
        boxes = self._detector.find(grey)
        kind = SEVERAL if len(boxes) > 1 else ONE if boxes else NONE
        self.taken.counts[kind] += 1
        self.taken.searched.setdefault(label, Counter())[kind] += 1
        if not boxes:
            self.taken.without.append(name)
            return None
        return prepare(grey, boxes[0], self._card)

    def _try_for_a_rim(self, grey: np.ndarray) -> None:
        taken = self.taken
        due = taken.counts[SMALL] % _EVERY == 1 and taken.tried < _MOST_TRIED
        if taken.crop == "auto" and due and len(grey) > _LARGER * self._card.height:
            boxes = self._detector.find(grey)
            taken.tried += 1
            taken.rimmed += bool(boxes and boxes[0].width < _RIM * len(grey))

    def check_found(self, origin: str) -> None:
        """Raise DataError where no picture is left, because there is a face in none of them."""
        counts = self.taken.counts
        if counts[NONE] and counts[NONE] == counts.total():
            raise DataError(
                f"{origin}: no face is found in any of its {counts[NONE]:,} pictures, of which faces are cut out as "
                "the kiosk does it; where they are cut out already, or show something else, take --crop whole"
            )


def usual_card(size: int) -> Card:
    """The card of a net that is trained here, as far as a crop depends on it; `size` in pixels."""
    return Card(labels=("",), height=size, width=size, crop_scale=CROP_SCALE)
