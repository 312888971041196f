"""A hint for who reads pictures that are faces already: data sets hold such, as small as what the net sees."""

import sys

from device.contract import Frame, Output, Reading

_AS_SMALL = 2.0  # times what the net sees: in such a picture a face fills the whole, and its rim is missing


class SmallPictures(Output):
    """At the end of a run in which no face was found and every picture was small, one line on stderr.

    Args:
        side: of what the net sees, pixels.
    """

    def __init__(self, side: int):
        self._side, self._frames, self._largest, self._faces = side, 0, 0, 0

    def show(self, frame: Frame, reading: Reading) -> None:
        self._frames += 1
        self._largest = max(self._largest, *frame.grey.shape)
        self._faces += len(reading.faces)

    def __exit__(self, *error: object) -> None:
        if error[0] is None and self._frames and not self._faces and self._largest <= _AS_SMALL * self._side:
            print(
                f"hint: no picture is larger than {self._largest} pixels, the net sees {self._side}: if they are faces "
                'already, set crop = "whole" in FILE for run --config FILE',
                file=sys.stderr,
            )
