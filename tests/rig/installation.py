"""The kiosk in the root of a Debian, as the installer leaves a machine; the program is this checkout's."""

import shutil
import subprocess
from pathlib import Path

from tests.conftest import ROOT
from tests.rig.booted import FAULT, UNIT

VERSION = "/opt/emotion-kiosk/versions/rig"
PYTHON = "/opt/emotion-kiosk/current/venv/bin/python"
SETTINGS = "etc/emotion-kiosk/config.toml"
FACES = "/srv/faces.mp4"  # a recording that plays the camera


def install(root: Path, release: str, settings: str) -> None:
    """User, program, settings and units, in a root that has VERSION/venv; nothing is started.

    Args:
        release: bookworm or trixie.
    """
    groups = {line.partition(":")[0] for line in (root / "etc/group").read_text().splitlines()}
    there = ",".join(sorted(groups & {"video", "render"}))
    add = f"useradd --system --no-create-home --shell /usr/sbin/nologin --groups {there} emotion-kiosk"
    subprocess.run(["chroot", str(root), *add.split()], check=True, capture_output=True)
    (root / "opt/emotion-kiosk/current").symlink_to("versions/rig")
    (packages,) = (root / VERSION[1:] / "venv/lib").glob("python3*/site-packages")
    shutil.copytree(ROOT / "device", packages / "device", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "tests/media/drawn_faces.mp4", root / FACES[1:])
    (root / SETTINGS).parent.mkdir()
    (root / SETTINGS).write_text(settings)
    units = root / "etc/systemd/system"
    for name in (UNIT, FAULT):
        shutil.copy(ROOT / "systemd" / name, units)
        (units / f"{name}.d").mkdir()
        for drop_in in _drop_ins(release, name):
            shutil.copy(ROOT / "systemd" / drop_in, units / f"{name}.d")


def _drop_ins(release: str, unit: str) -> list[str]:
    """Those that a release's systemd knows: 252 in Bookworm, 257 in Trixie."""
    if release == "bookworm":
        return []
    return ["since-257.conf"] if unit == FAULT else ["since-254.conf", "since-257.conf"]
