"""A window on the desktop, or the whole HDMI screen without one, through SDL (pygame-ce)."""

import os
import sys
from pathlib import Path
from typing import Any, Self

import cv2
import numpy as np

from device.errors import HardwareError

TITLE = "Emotion kiosk"
_LARGEST = (1920, 1080)  # pixels; four times as many on a 4K screen would cost four times the time and show no more
_WINDOW = (1280, 720)  # pixels, at first
# SDL would fall back to a driver that shows nothing, so that its choice is not left to it.
_DRIVERS = {"window": "x11,wayland", "drm": "kmsdrm"}


class SdlScreen:
    """Shows pictures through one of SDL's video drivers.

    Args:
        name: `window` or `drm` (the kernel's mode setting, for a console without a desktop).

    Raises:
        HardwareError: on entering or showing, no screen; the line names the cure where it is known.
    """

    def __init__(self, name: str):
        self.name = name

    def __enter__(self) -> Self:
        os.environ["PYGAME_HIDE_SUPPORT_PROMPT"] = "1"
        os.environ["SDL_NO_SIGNAL_HANDLERS"] = "1"
        os.environ["SDL_INPUT_LINUX_KEEP_KBD"] = "1"  # Ctrl-C works on the console whose screen is taken
        if self.name == "drm" or (sys.platform == "linux" and not os.environ.get("SDL_VIDEODRIVER")):
            os.environ["SDL_VIDEODRIVER"] = _DRIVERS[self.name]
        # Without a graphics card Mesa draws by itself. The renderer that it prefers makes code while it runs, which the
        # service may not (MemoryDenyWriteExecute), and ends the process.
        if self.name == "drm":
            os.environ.setdefault("GALLIUM_DRIVER", "softpipe")
        import pygame

        self._pygame, self._closed = pygame, False
        try:
            pygame.display.init()  # not pygame.init(), which would open the sound card too
            if pygame.display.get_driver() == "x11":
                # Whole pictures go straight to X: through OpenGL they cost ten times as much where that is in software.
                os.environ["SDL_FRAMEBUFFER_ACCELERATION"] = "0"
            desktop = pygame.display.get_desktop_sizes()[0]
            if self.name == "drm":
                size = whole_screen(desktop, pygame.display.list_modes())
                pygame.display.set_mode(size, pygame.FULLSCREEN)
                pygame.mouse.set_visible(False)
            else:
                size = (min(_WINDOW[0], desktop[0]), min(_WINDOW[1], desktop[1]))
                pygame.display.set_mode(size, pygame.RESIZABLE)
            pygame.display.set_caption(TITLE)
            pygame.display.set_allow_screensaver(False)
        except pygame.error as error:
            pygame.display.quit()
            raise HardwareError(_why_not(self.name, str(error))) from error
        return self

    def __exit__(self, *error: object) -> None:
        self._pygame.display.quit()

    @property
    def size(self) -> tuple[int, int]:
        return self._surface().get_size()

    def describe(self) -> str:
        return f"{self._pygame.display.get_driver()}, {self.size[0]}x{self.size[1]}"

    def put(self, picture: np.ndarray) -> None:
        """Show a picture uint8 [H, W, 3], blue green red, of the screen's size."""
        try:
            surface = self._surface()
            content = cv2.cvtColor(picture, cv2.COLOR_BGR2BGRA)
            height, width = picture.shape[:2]
            surface.blit(self._pygame.image.frombuffer(content.data, (width, height), "BGRA"), (0, 0))
            self._pygame.display.flip()
        except self._pygame.error as error:
            raise HardwareError(str(error)) from error

    def closed(self) -> bool:
        """Whether somebody closed the window or pressed q or Esc in it. To be called often: it keeps SDL alive.

        Raises:
            HardwareError: the desktop is gone.
        """
        pygame = self._pygame
        for event in pygame.event.get():
            keys = event.type == pygame.KEYDOWN and event.key in (pygame.K_q, pygame.K_ESCAPE)
            # A screen of its own has no window to close, and a kiosk's passer-by should not end it.
            if self.name == "window" and (keys or event.type == pygame.WINDOWCLOSE):
                self._closed = True
            elif event.type == pygame.QUIT and not self._closed:
                raise HardwareError("the desktop is gone")
        return self._closed

    def _surface(self) -> Any:
        surface = self._pygame.display.get_surface()
        if surface is None:
            raise HardwareError("the window is gone")
        return surface


def whole_screen(desktop: tuple[int, int], modes: list[tuple[int, int]]) -> tuple[int, int]:
    """The screen's own size, or the largest mode that is no larger than full HD."""
    fitting = [mode for mode in modes if mode[0] <= _LARGEST[0] and mode[1] <= _LARGEST[1]]
    if not fitting or (desktop[0] <= _LARGEST[0] and desktop[1] <= _LARGEST[1]):
        return desktop
    return max(fitting, key=lambda mode: mode[0] * mode[1])


def _why_not(name: str, reason: str) -> str:
    if name == "window":
        if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            return "no desktop here (neither DISPLAY nor WAYLAND_DISPLAY is set)"
        return f"the desktop cannot be reached ({reason})"
    cards = sorted(Path("/dev/dri").glob("card*"))
    if not cards:
        return "no graphics card here (/dev/dri/card*)"
    if not any(os.access(card, os.R_OK | os.W_OK) for card in cards):
        return f"no permission for {cards[0]}: sudo usermod -aG video,render $USER, then log in again"
    return f"the screen is not free: is it plugged in, and no desktop running? ({reason})"
