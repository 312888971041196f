"""What the tests of screens show, and on what."""

import os
import subprocess
import time
from collections.abc import Callable

import cv2
import numpy as np

from device.contract import Box, Face, Frame, Reading
from device.screen.screen import Screen

FACE = Face(1, Box(200, 100, 240, 240), "happy", 0.9, None)


def frame_of(image: np.ndarray, index: int = 0) -> Frame:
    return Frame(index, index / 30, cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), image)


def reading_of(*faces: Face, index: int = 0) -> Reading:
    return Reading(index, index / 30, faces)


def colour_bars(width: int = 640, height: int = 360) -> np.ndarray:
    bars = [(0, 0, 0), (255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 255, 255), (255, 0, 255), (255, 255, 0), (255,) * 3]
    return np.array(bars, np.uint8).repeat(width // 8, axis=0)[None].repeat(height, axis=0)


def children() -> set[int]:
    """The screens' processes of ours that have not ended."""
    return children_running("screen_process")


def children_running(module: str, parent: int | None = None) -> set[int]:
    """Processes that run a module, started by this one or another."""
    found = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(parent or os.getpid())], capture_output=True, text=True
    )
    return {int(line.split()[0]) for line in found.stdout.splitlines() if module in line}


def show_until(display: Screen, done: Callable[[], bool], image: np.ndarray | None = None, seconds: float = 30) -> None:
    """Show pictures at 50 a second until `done`."""
    frame, deadline = frame_of(colour_bars() if image is None else image), time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline
        display.show(frame, reading_of(FACE))
        time.sleep(0.02)
