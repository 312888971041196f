"""`python virtual_pi.py WORDS...`: `python -m device WORDS`, with the real picamera2 on libcamera's virtual pipeline.

Runs inside the root that test_picamera2.py builds. What the pipeline cannot do is done here: it gives NV12 alone, so
main is made BGR where picamera2 hands it out, and it does not keep to a rate.
STALL_AFTER in the environment: from that picture on, picamera2's own thread hangs.
"""

import os
import sys
import threading
import time

import cv2
import numpy as np
import picamera2
import virtcam
from picamera2.request import CompletedRequest

from device.__main__ import main
from device.process.driver_thread import leave

RATE = 30
_make_array = CompletedRequest.make_array


def _as_on_a_pi(request: CompletedRequest, name: str) -> np.ndarray:
    array = _make_array(request, name)
    width = request.config[name]["size"][0]
    return cv2.cvtColor(array[:, :width], cv2.COLOR_YUV2BGR_NV12) if name == "main" else array


class VirtualPi(picamera2.Picamera2):
    """Picamera2, with a pipeline that wants another allocator and other formats."""

    def __init__(self, number: int):
        super().__init__(number, allocator=virtcam.TwoPlane())
        self._pictures, self._due = 0, time.monotonic()
        self.pre_callback = self._pace

    def create_preview_configuration(self, main=None, lores=None, **rest):
        main, lores = ({**stream, "format": "NV12"} if stream else stream for stream in (main or {}, lores))
        return super().create_preview_configuration(main=main, lores=lores, **rest)

    def _pace(self, request: CompletedRequest) -> None:
        self._pictures += 1
        if self._pictures > int(os.environ.get("STALL_AFTER", 1e9)):
            threading.Event().wait()
        self._due += 1 / RATE
        time.sleep(max(0.0, self._due - time.monotonic()))


CompletedRequest.make_array = _as_on_a_pi
picamera2.Picamera2 = VirtualPi

leave(main(sys.argv[1:]))
