"""Bare Debians that the installer is let loose on, and a copy of the project to install from."""

import hashlib
import subprocess
from pathlib import Path

from tests.conftest import ROOT
from tests.rig import debian

PACKAGES = "systemd systemd-sysv dbus python3 procps iproute2 sudo ca-certificates"
# What Raspberry Pi OS has and Debian lacks. The real one exists only in the Pi's own archive.
STUB = """Package: python3-picamera2
Version: 0.0.stub
Architecture: all
Maintainer: test <test@localhost>
Description: stands for the picamera2 of Raspberry Pi OS
"""


def bare(release: str, architecture: str = "") -> Path:
    """The root of a Debian with systemd, sudo and Python, and of the kiosk's packages nothing (see debian.built)."""
    name = "-".join(filter(None, ("bare", release, architecture)))
    return debian.built(name, release, PACKAGES, _offer_stub, architecture)


def _offer_stub(root: Path) -> None:
    """An archive inside with python3-picamera2, which holds nothing, for apt to find."""
    archive, package = root / "srv/archive", root / "srv/package"
    (package / "DEBIAN").mkdir(parents=True)
    (package / "DEBIAN/control").write_text(STUB)
    archive.mkdir()
    deb = archive / "python3-picamera2.deb"
    subprocess.run(["dpkg-deb", "--build", package, deb], check=True, capture_output=True, text=True)
    content = deb.read_bytes()
    facts = f"Filename: ./{deb.name}\nSize: {len(content)}\nSHA256: {hashlib.sha256(content).hexdigest()}\n"
    (archive / "Packages").write_text(STUB + facts)
    sources = root / "etc/apt/sources.list.d"
    sources.mkdir(exist_ok=True)
    (sources / "stub.list").write_text("deb [trusted=yes] file:/srv/archive ./\n")


def project_copy(folder: Path) -> Path:
    """The project as a person unpacks it, to be changed by a test."""
    names = ["device", "systemd", "script", "tests/media", "pyproject.toml", "LICENSE", "README.md", "docs"]
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-r", ROOT / name, folder / name], check=True)
    return folder
