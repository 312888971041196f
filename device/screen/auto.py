"""Which screen `auto` means here."""

import importlib.util
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FRAMEBUFFER = Path("/dev/fb0")  # the one that `fb` means


@dataclass(frozen=True)
class Surroundings:
    """What a machine has to show pictures on."""

    desktop: bool  # DISPLAY or WAYLAND_DISPLAY is set
    connected: bool  # a screen is plugged into a graphics card
    framebuffer: bool  # /dev/fb0 is there
    pygame: bool  # is installed


def surroundings(environment: Mapping[str, str] = os.environ, root: Path = Path("/")) -> Surroundings:
    """The surroundings as they are now."""
    return Surroundings(
        desktop=bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")),
        connected=bool(plugged(root)) and any((root / "dev/dri").glob("card*")),
        framebuffer=(root / FRAMEBUFFER.relative_to("/")).exists(),
        pygame=importlib.util.find_spec("pygame") is not None,
    )


def plugged(root: Path = Path("/")) -> list[str]:
    """The graphics cards' connectors that a screen is plugged into, as the kernel names them: card1-HDMI-A-1.

    Args:
        root: the folder that stands for /, which tests replace by one of their own.
    """
    statuses = sorted(root.glob("sys/class/drm/card*-*/status"))
    return [status.parent.name for status in statuses if _text(status) == "connected"]


def choose(around: Surroundings) -> str:
    """`window`, `drm`, `fb` or `none`: the best screen there is."""
    if around.desktop and around.pygame:
        return "window"
    if around.connected and around.pygame:
        return "drm"
    return "fb" if around.framebuffer else "none"


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:  # a connector may go while it is read
        return ""
