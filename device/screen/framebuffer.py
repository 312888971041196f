"""The Linux framebuffer: /dev/fb0, for a console without a desktop. Needs nothing but OpenCV."""

import os
from pathlib import Path
from typing import Self

import cv2
import numpy as np

from device.errors import HardwareError

# Bits per pixel to the conversion from blue green red, and the bytes it gives.
_CONVERSIONS = {16: (cv2.COLOR_BGR2BGR565, 2), 32: (cv2.COLOR_BGR2BGRA, 4)}


class Framebuffer:
    """Shows pictures through a framebuffer of 16 (RGB565) or 32 (XRGB8888) bits per pixel.

    Args:
        device: the framebuffer.
        facts: sysfs folder that tells its size, depth and stride; by default that of the device's name.

    Raises:
        HardwareError: on entering or showing, no such framebuffer, no permission, or an unknown format.
    """

    def __init__(self, device: Path = Path("/dev/fb0"), facts: Path | None = None):
        self.device = device
        self.facts = facts or Path("/sys/class/graphics") / device.name

    def __enter__(self) -> Self:
        width, height = (int(side) for side in self._fact("virtual_size").split(","))
        bits, self._stride = int(self._fact("bits_per_pixel")), int(self._fact("stride"))
        if bits not in _CONVERSIONS:
            raise HardwareError(f"{self.device} has {bits} bits per pixel; 16 and 32 are known")
        self._conversion, self._bytes = _CONVERSIONS[bits]
        self.size = width, height
        # Padding at the end of a row stays zero.
        self._memory = np.zeros((height, self._stride), dtype=np.uint8)
        try:
            self._file = os.open(self.device, os.O_WRONLY)
        except PermissionError as error:
            raise HardwareError(f"no permission for {self.device}: sudo usermod -aG video $USER") from error
        except OSError as error:
            raise HardwareError(f"{self.device}: {error.strerror}") from error
        return self

    def __exit__(self, *error: object) -> None:
        os.close(self._file)

    def describe(self) -> str:
        return f"{self.device}, {self.size[0]}x{self.size[1]}, {8 * self._bytes} bits per pixel"

    def put(self, picture: np.ndarray) -> None:
        """Show a picture uint8 [H, W, 3], blue green red, of the screen's size."""
        width, height = self.size
        pixels = cv2.cvtColor(picture, self._conversion)
        self._memory[:, : width * self._bytes] = pixels.reshape(height, -1)
        content, written = self._memory.data.cast("B"), 0
        while written < len(content):
            try:
                written += os.pwrite(self._file, content[written:], written)
            except OSError as error:
                raise HardwareError(f"{self.device}: {error.strerror}") from error

    def closed(self) -> bool:
        return False

    def _fact(self, name: str) -> str:
        try:
            return (self.facts / name).read_text().strip()
        except OSError as error:
            raise HardwareError(f"no framebuffer {self.device} ({self.facts / name}: {error.strerror})") from error
