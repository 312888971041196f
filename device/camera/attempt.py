"""An attempt to open a camera, in a process of its own: whether it opens and gives a frame.

Drivers hang, crash and leak where a camera is loose, and picamera2 cannot be opened twice in a process.
"""

import os
import pickle
import subprocess
import sys
import time

from device.camera import names
from device.camera.make import make_camera
from device.errors import HardwareError, exit_status
from device.process import child
from device.settings.settings import Settings

_LONGEST_SECONDS = 45.0  # an opening that hangs is given up before by the camera itself
_STARTING_SECONDS = 30.0  # until Python and its libraries are there, on a slow card


class Attempt:
    """Starts at once; `outcome` tells when it is done. To be ended in any case."""

    def __init__(self, settings: Settings):
        self._process = subprocess.Popen(
            child.command("device.camera.attempt"),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=child.environment(),
        )
        assert self._process.stdin is not None
        self._process.stdin.write(pickle.dumps(settings))
        self._process.stdin.close()
        self._until = time.monotonic() + _LONGEST_SECONDS + _STARTING_SECONDS + settings.stall_seconds

    def outcome(self) -> str | None:
        """None while it is under way; empty where the camera gives frames; else why it does not, in one line."""
        status = self._process.poll()
        if status is None:
            return None if time.monotonic() < self._until else "the camera's driver hangs"
        if status < 0:
            return f"the camera's driver crashes (signal {-status})"
        if status == 0:
            return ""
        assert self._process.stderr is not None
        said = [line for line in self._process.stderr.read().decode(errors="replace").splitlines() if line.strip()]
        return said[-1].removeprefix("error: ") if said else f"the camera's driver ends the process (status {status})"

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stderr is not None
        self._process.stderr.close()


def read_a_frame(settings: Settings) -> None:
    """Raises HardwareError, or another KioskError, where the camera does not give a frame."""
    with make_camera(settings) as camera:
        if next(iter(camera), None) is None:
            raise HardwareError(f"{names.public(settings.camera)}: holds no frame")


if __name__ == "__main__":
    status = exit_status(lambda: read_a_frame(pickle.load(sys.stdin.buffer)))
    os._exit(status)  # a call into a driver may never return
