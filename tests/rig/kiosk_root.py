"""A Debian bookworm with systemd, sshd, sudo and the kiosk's program, booted in a container.

Built once under RIG_ROOT (some two minutes). The program in it is this checkout, bound in where its venv looks.
"""

import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
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
    """Boots the root with a layer of its own above it. It shares this machine's network: its sshd is on loopback.

    Skips the test where the container cannot be built or does not boot.
    """

    def __init__(self, folder: Path):
        needed = ("mmdebstrap", "unshare", "systemd-nspawn", "nsenter", "ssh")
        if os.geteuid() != 0 or not all(map(shutil.which, needed)):
            pytest.skip(f"root and {', '.join(needed)} are needed for the rig")
        if not (RIG_ROOT / "whole").exists():
            try:
                build()
            except subprocess.CalledProcessError as error:
                pytest.skip(f"the rig could not be built: {' '.join(error.cmd)[:80]}: {error.stderr[-300:]}")
        self.folder, self.root = folder, folder / "root"
        for name in ("upper", "work", "root"):
            (folder / name).mkdir()
        options = f"lowerdir={RIG_ROOT},upperdir={folder / 'upper'},workdir={folder / 'work'}"
        mount = ["mount", "-t", "overlay", "overlay", "-o", options, str(self.root)]
        if subprocess.run(mount, capture_output=True).returncode:
            pytest.skip("overlayfs does not work here")

    def boot(self) -> None:
        command = ["systemd-nspawn", "-q", "-D", str(self.root), "--boot", "--register=no", "--keep-unit"]
        command += ["--console=pipe", f"--bind-ro={ROOT}:/project", "--resolv-conf=off", "--link-journal=no"]
        command += ["--machine", f"releases-{os.getpid()}"]
        console = self.folder / "console"
        with console.open("ab") as out:
            self._nspawn = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        self._leader = 0
        until = time.monotonic() + 120
        while time.monotonic() < until and self._nspawn.poll() is None:
            time.sleep(0.2)
            self._leader = self._leader or _leader(self._nspawn.pid)
            if self._leader and self.run("systemctl", "is-system-running").stdout.strip() in ("running", "degraded"):
                return
        pytest.skip(f"the container does not boot: {console.read_text(errors='replace')[-500:]}")

    def cut_power(self) -> None:
        """Everything inside ends at once; nothing is told."""
        os.kill(self._leader, signal.SIGKILL)
        self._nspawn.wait(60)

    def remove(self) -> None:
        if self._nspawn.poll() is None:
            self.cut_power()
        subprocess.run(["umount", "-l", str(self.root)], check=False)

    def run(self, *words: object) -> subprocess.CompletedProcess[str]:
        """Run a command inside, as root."""
        inside = ["nsenter", "-t", str(self._leader), "-m", "-p", "-u", "-i", "-C", "-r", "-w"]
        command = [*inside, "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, timeout=300)


def _leader(parent: int) -> int:
    """The process below `parent` that is the container's PID 1; 0 while there is none."""
    with suppress(OSError):
        for child in map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split()):
            status = Path(f"/proc/{child}/status").read_text().splitlines()
            numbers = next(line for line in status if line.startswith("NSpid:")).split()[1:]
            if len(numbers) > 1 and numbers[-1] == "1":
                return child
            if deeper := _leader(child):
                return deeper
    return 0
