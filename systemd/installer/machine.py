"""What machine this is, and what of it decides how the kiosk is installed."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from installer.step import InstallError

RELEASES = {"bookworm": "Debian 12", "trixie": "Debian 13"}
# Half a gigabyte of memory or Cortex-A53 cores: the smaller net leaves room for the camera.
_WEAK = re.compile(r"Raspberry Pi (Zero|[123]) ")


@dataclass(frozen=True)
class Machine:
    """The facts."""

    release: str  # bookworm, trixie, ...
    architecture: str  # Debian's name of the userland's: arm64, armhf, amd64
    python: tuple[int, int]
    systemd: int  # its version; 0 where there is none
    booted: bool  # systemd runs here, so services can be started
    model: str  # of a Raspberry Pi; empty on other machines

    @property
    def weak(self) -> bool:
        """Whether the small net is the better choice."""
        return _WEAK.match(self.model) is not None

    def requirements(self) -> list[str]:
        """Names in script/requirements/ of what pip adds.

        Raises:
            InstallError: no interpreter is published for this machine.
        """
        if self.release not in RELEASES:
            raise InstallError(
                f"this is {self.release or 'no Debian'}: the kiosk runs on Raspberry Pi OS Bookworm and Trixie; "
                "write one of them to the card"
            )
        if self.python[0] != 3 or not 11 <= self.python[1] <= 13:
            version = ".".join(map(str, self.python))
            raise InstallError(f"/usr/bin/python3 is Python {version}: 3.11 to 3.13 is needed, as the system ships it")
        # NumPy 1 is Python 3.11's in apt, and tflite-runtime wants NumPy 1.
        interpreter = "pi-tflite-runtime" if self.python == (3, 11) else "pi-ai-edge-litert"
        if self.architecture not in ("arm64", "amd64") and interpreter == "pi-ai-edge-litert":
            raise InstallError(
                f"no interpreter is published for {self.architecture} and Python 3.{self.python[1]}: "
                "write the 64-bit Raspberry Pi OS to the card, or Bookworm"
            )
        # pygame-ce has no wheel for 32 bits; the framebuffer needs none.
        return [interpreter] + (["pi-screen"] if self.architecture in ("arm64", "amd64") else [])


def look(root: Path = Path("/")) -> Machine:
    """The machine as it is."""
    names = dict(line.split("=", 1) for line in _text(root / "etc/os-release").splitlines() if "=" in line)
    return Machine(
        release=names.get("VERSION_CODENAME", "").strip('"'),
        architecture=_output(["dpkg", "--print-architecture"]),
        python=_python(),
        systemd=int(re.findall(r"\d+", _output(["systemctl", "--version"]) or "0")[0]),
        booted=(root / "run/systemd/system").is_dir(),
        model=_text(root / "proc/device-tree/model").strip("\0\n "),
    )


def check_space(folder: Path, megabytes: int) -> None:
    """Raises InstallError: the disk that will hold `folder` has less room, or cannot be written."""
    while not folder.exists():
        folder = folder.parent
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        raise InstallError(
            f"the file system of {folder} is read-only: sudo raspi-config, Performance, Overlay File System, off; "
            "where it is off already, the card is failing"
        )
    free = shutil.disk_usage(folder).free // 10**6
    if free < megabytes:
        raise InstallError(f"{folder} has {free} MB free, {megabytes} are needed: sudo apt clean, or a larger card")


def _python() -> tuple[int, int]:
    if sys.executable == "/usr/bin/python3":
        return sys.version_info[:2]
    numbers = _output(["/usr/bin/python3", "-c", "import sys; print(*sys.version_info[:2])"]).split()
    return (int(numbers[0]), int(numbers[1])) if len(numbers) == 2 else sys.version_info[:2]


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def _output(words: list[str]) -> str:
    try:
        return subprocess.run(words, capture_output=True, text=True, timeout=20).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""
