"""A booted Debian with the kiosk in it, as the installer leaves a machine; the program is this checkout's."""

import functools
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.conftest import ROOT
from tests.rig import debian
from tests.rig.container import Container

PACKAGES = (
    "systemd systemd-sysv dbus python3 python3-venv python3-pip procps openssh-server sudo iproute2 ca-certificates"
)
WHEELS = "opencv-python-headless<5 numpy ai-edge-litert"
VERSION = "/opt/emotion-kiosk/versions/rig"
PYTHON = "/opt/emotion-kiosk/current/venv/bin/python"
UNIT, FAULT = "emotion-kiosk.service", "emotion-kiosk-fault.service"
FACES = "/srv/faces.mp4"  # a recording that plays the camera


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
        add = "useradd --system --no-create-home --shell /usr/sbin/nologin --groups video emotion-kiosk"
        subprocess.run(["chroot", str(self.root), *add.split()], check=True, capture_output=True)
        (self.root / "opt/emotion-kiosk/current").symlink_to("versions/rig")
        (packages,) = (self.root / VERSION[1:] / "venv/lib").glob("python3*/site-packages")
        shutil.copytree(ROOT / "device", packages / "device", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "tests/media/drawn_faces.mp4", self.root / FACES[1:])
        (self.root / "etc/emotion-kiosk").mkdir()
        self.set(settings)
        units = self.root / "etc/systemd/system"
        for name in (UNIT, FAULT):
            shutil.copy(ROOT / "systemd" / name, units)
            (units / f"{name}.d").mkdir()
            for drop_in in _drop_ins(self.release, name):
                shutil.copy(ROOT / "systemd" / drop_in, units / f"{name}.d")

    def set(self, settings: str | None) -> None:
        """Write the settings, or leave none."""
        path = self.root / "etc/emotion-kiosk/config.toml"
        path.unlink(missing_ok=True)
        if settings is not None:
            path.write_text(settings)

    def shows(self, name: str, unit: str = UNIT) -> str:
        return super().shows(name, unit)

    def journal(self, unit: str = UNIT) -> str:
        return super().journal(unit)

    def wait_until(self, what: Callable[[], bool], seconds: float, unit: str = UNIT) -> float:
        return super().wait_until(what, seconds, unit)


def _drop_ins(release: str, unit: str) -> list[str]:
    """Those that a release's systemd knows: 252 in Bookworm, 257 in Trixie."""
    if release == "bookworm":
        return []
    return ["since-257.conf"] if unit == FAULT else ["since-254.conf", "since-257.conf"]
