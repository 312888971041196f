"""A Debian bookworm with systemd, sshd, sudo and the kiosk's program, booted in a container.

Built once under RIG_ROOT (some two minutes). The program in it is this checkout, bound in where its venv looks.
"""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT

RIG_ROOT = Path(os.environ.get("EMOTION_RIG_RELEASES", "/var/tmp/emotion-kiosk-rig/releases"))
PACKAGES = "systemd systemd-sysv dbus python3 python3-venv procps openssh-server sudo ca-certificates"
WHEELS = "opencv-python-headless<5 numpy ai-edge-litert"
VENV = "/opt/emotion-kiosk/current/venv"
BUILD = f"""
set -e
useradd --system --no-create-home --groups video emotion-kiosk
useradd --create-home --shell /bin/sh deployer
mkdir -p /opt/emotion-kiosk/versions/rig
ln -sfn versions/rig /opt/emotion-kiosk/current
python3 -m venv {VENV}
{VENV}/bin/pip install -q {" ".join(f"'{wheel}'" for wheel in WHEELS.split())}
echo /project > {VENV}/lib/python3.11/site-packages/project.pth
echo 'deployer ALL=(root) NOPASSWD: {VENV}/bin/python -P -m device activate *' > /etc/sudoers.d/emotion-kiosk
systemctl disable ssh
"""


def build() -> None:
    """Raises CalledProcessError where packages cannot be had."""
    shutil.rmtree(RIG_ROOT, ignore_errors=True)
    RIG_ROOT.parent.mkdir(parents=True, exist_ok=True)
    # Where this machine gets its own packages from.
    ask = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Origin: Debian", "Label: Debian"]
    mirror = subprocess.run(ask, check=True, capture_output=True, text=True).stdout.split()[0]
    included = "--include=" + ",".join(PACKAGES.split())
    command = ["mmdebstrap", "-q", "--variant=minbase", included, "bookworm", str(RIG_ROOT), mirror]
    subprocess.run(command, check=True, capture_output=True, text=True)
    # How this machine reaches its package index holds inside as well.
    certificates = [os.environ[name] for name in ("PIP_CERT", "SSL_CERT_FILE") if name in os.environ]
    for name in ("/etc/resolv.conf", "/etc/pip.conf", str(Path.home() / ".config/pip/pip.conf"), *certificates):
        if Path(name).is_file():
            (RIG_ROOT / name[1:]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(name, RIG_ROOT / name[1:])
    (RIG_ROOT / "project").mkdir()
    script = f"mount --bind /proc '{RIG_ROOT}/proc' && mount --bind /dev '{RIG_ROOT}/dev' && exec chroot \"$0\" \"$@\""
    command = ["unshare", "--mount", "sh", "-c", script, str(RIG_ROOT), "sh", "-c", BUILD]
    subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | {"HOME": "/root"})
    (RIG_ROOT / "whole").touch()


class Machine:
    """The booted container. It shares this machine's network, so that its sshd is reached on loopback."""

    def __init__(self) -> None:
        needed = ("mmdebstrap", "unshare", "systemd-nspawn", "nsenter", "ssh")
        if os.geteuid() != 0 or not all(map(shutil.which, needed)):
            pytest.skip(f"root and {', '.join(needed)} are needed for the rig")
        if not (RIG_ROOT / "whole").exists():
            try:
                build()
            except subprocess.CalledProcessError as error:
                pytest.skip(f"the rig could not be built: {' '.join(error.cmd)[:80]}: {error.stderr[-300:]}")
        self.root = RIG_ROOT

    def boot(self) -> None:
        command = ["systemd-nspawn", "-q", "-D", str(self.root), "--boot", "--register=no", "--keep-unit"]
        command += ["--console=pipe", f"--bind-ro={ROOT}:/project", "--resolv-conf=off", "--link-journal=no"]
        self._nspawn = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        children = Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children")
        for _ in range(600):
            time.sleep(0.1)
            self.init = (children.read_text().split() or ["0"])[0]
            if self.init != "0" and self.run("systemctl", "is-system-running").stdout.strip() in (
                "running",
                "degraded",
            ):
                return
        raise AssertionError("the container did not boot")

    def cut_power(self) -> None:
        """Everything inside ends at once; nothing is told."""
        self._nspawn.kill()
        self._nspawn.wait()
        for _ in range(100):
            if not Path(f"/proc/{self.init}").exists():
                return
            time.sleep(0.1)

    def run(self, *words: str, check: bool = False) -> subprocess.CompletedProcess[str]:
        # Programs of the container read its files and see its processes, as root.
        command = ["nsenter", "-t", self.init, "-m", "-p", "-u", "-i", "-C", "-r", "-w", "env", "-i",
                   "PATH=/usr/sbin:/usr/bin:/sbin:/bin", *words]  # fmt: skip
        return subprocess.run(command, capture_output=True, text=True, timeout=300, check=check)
