"""The process that owns a screen: takes images and readings from screen.py, draws and shows them."""

import os
import signal
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Protocol, Self

import cv2
import numpy as np

from device.drawing.fitting import annotate
from device.errors import HardwareError
from device.screen.framebuffer import Framebuffer
from device.screen.sdl import SdlScreen

_NICENESS = 5  # where cores are few, reading comes first
_LOOK_SECONDS = 0.05  # how long a closed window may go unnoticed while no picture comes


class Surface(Protocol):
    """What every screen does; a context manager. Each call raises HardwareError where the screen fails."""

    @property
    def size(self) -> tuple[int, int]: ...  # width, height, pixels; may change
    def __enter__(self) -> Self: ...
    def __exit__(self, *error: object) -> None: ...
    def put(self, picture: np.ndarray) -> None: ...
    def describe(self) -> str: ...
    def closed(self) -> bool: ...


def open_surface(name: str) -> Surface:
    """`window`, `drm`, `fb` or `/dev/fbN`."""
    if name in ("window", "drm"):
        return SdlScreen(name)
    return Framebuffer(Path("/dev/fb0" if name == "fb" else name))


def serve(surface: Surface, link: Connection, memory: int) -> None:
    """Show what comes over `link` until it is cut or somebody closes the window.

    Args:
        link: takes (shape of the image, reading, rate) and gives ("ready", what is shown on) after each picture.
        memory: file descriptor of the image's bytes.
    """
    with surface:
        link.send(("ready", surface.describe()))
        while True:
            if surface.closed():
                link.send(("closed", ""))
                return
            if link.poll(_LOOK_SECONDS):
                shape, reading, rate = link.recv()
                image = np.empty(shape, dtype=np.uint8)
                os.preadv(memory, [image.data], 0)
                surface.put(annotate(image, reading, surface.size, rate))
                link.send(("ready", surface.describe()))


def main(name: str, link_fd: int, memory: int) -> None:
    # The process that reads ends this one by closing the link, once its own files are whole.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    os.nice(_NICENESS)
    cv2.setNumThreads(1)
    with Connection(link_fd) as link:
        try:
            serve(open_surface(name), link, memory)
        except (EOFError, ConnectionError):
            pass
        except HardwareError as error:
            link.send(("failed", str(error)))
        except Exception as error:  # whatever a graphics library comes up with costs the screen, not the reading
            link.send(("failed", f"{type(error).__name__}: {error}"))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
