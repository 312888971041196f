"""A booted Debian in a container, with the kiosk in it."""

import functools
from pathlib import Path

from tests.rig import debian
from tests.rig.container import Container
from tests.rig.installation import SETTINGS, VERSION, install

PACKAGES = (
    "systemd systemd-sysv dbus python3 python3-venv python3-pip procps openssh-server sudo iproute2 ca-certificates"
)
WHEELS = "opencv-python-headless<5 numpy ai-edge-litert"


class Kiosk(Container):
    """Installed with its first settings, and not yet booted.

    Args:
        release: bookworm or trixie.
        folder: new, for what is written.
        options: more of systemd-nspawn's.
    """

    def __init__(self, release: str, folder: Path, *options: str):
        finish = functools.partial(debian.add_venv, venv=f"{VERSION}/venv", wheels=WHEELS)
        super().__init__(debian.built(f"kiosk-{release}", release, PACKAGES, finish), folder, *options)
        self.release = release

    def install(self, settings: str) -> None:
        install(self.root, self.release, settings)

    def set(self, settings: str | None) -> None:
        """Write the settings, or leave none."""
        path = self.root / SETTINGS
        path.unlink(missing_ok=True)
        if settings is not None:
            path.write_text(settings)
