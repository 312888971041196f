"""A Debian that is really booted, in a container, with the kiosk installed: PID 1 is its own systemd."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Self

import pytest

from tests.conftest import ROOT
from tests.rig import debian

PACKAGES = "systemd systemd-sysv dbus python3 python3-venv python3-pip procps ca-certificates"
WHEELS = "opencv-python-headless<5 numpy ai-edge-litert"
VERSION = "opt/emotion-kiosk/versions/rig"
KIOSK, FAULT = "emotion-kiosk.service", "emotion-kiosk-fault.service"
_BOOT_SECONDS = 60.0
# Containers that are started from one control group share it, and the first to end takes it from the others.
_GROUPS = [Path(f"/sys/fs/cgroup{kind}") for kind in ("/systemd", "/unified", "")]
_IN_A_GROUP_OF_ITS_OWN = f"""
for groups in {" ".join(map(str, _GROUPS))}; do
    if [ -e $groups/cgroup.procs ]; then
        mkdir -p $groups/$0 && echo $$ > $groups/$0/cgroup.procs
    fi
done
exec "$@"
"""


class Machine:
    """Boots a Debian `release` over its built root, which stays as it is: what a test writes goes with it.

    Skips the test where there is no systemd-nspawn, or the container does not boot.
    """

    def __init__(self, release: str, folder: Path):
        if not shutil.which("systemd-nspawn"):
            pytest.skip("systemd-nspawn is not installed")
        self.release, self.folder = release, folder
        self.root = folder / "root"
        self._leader = 0
        self._parts = ExitStack()

    def __enter__(self) -> Self:
        below = debian.built(f"booted-{self.release}", self.release, PACKAGES, f"/{VERSION}/venv", WHEELS)
        with ExitStack() as undo:
            self._mount(below, undo)
            self._install()
            self._boot(undo)
            self._parts = undo.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._parts.close()

    def run(self, *words: object) -> subprocess.CompletedProcess[str]:
        """Run a command inside, as root."""
        inside = ["nsenter", "-t", str(self._leader), "-m", "-p", "-u", "-i", "-n", "-C", "-r", "-w"]
        return subprocess.run([*inside, *map(str, words)], capture_output=True, text=True, timeout=120)

    def shows(self, name: str, unit: str = KIOSK) -> str:
        """A property of a unit, as `systemctl show` has it."""
        return self.run("systemctl", "show", "--value", f"--property={name}", unit).stdout.strip()

    def journal(self, unit: str = KIOSK) -> str:
        return self.run("journalctl", "--no-pager", "-o", "cat", "-u", unit).stdout

    def wait_until(self, what: Callable[[], bool], seconds: float, unit: str = KIOSK) -> float:
        """How long it took, seconds; fails the test with what systemd knows where it takes longer than it may."""
        started = time.monotonic()
        while not what():
            if time.monotonic() - started > seconds:
                status = self.run("systemctl", "status", "--no-pager", "-n", "40", unit).stdout
                pytest.fail(f"not within {seconds} seconds:\n{status}")
            time.sleep(0.05)
        return time.monotonic() - started

    def _mount(self, below: Path, undo: ExitStack) -> None:
        layers = [self.folder / name for name in ("upper", "work", "root")]
        for layer in layers:
            layer.mkdir()
        options = f"lowerdir={below},upperdir={layers[0]},workdir={layers[1]}"
        mount = ["mount", "-t", "overlay", "overlay", "-o", options, str(self.root)]
        if subprocess.run(mount, capture_output=True).returncode:
            pytest.skip("overlayfs does not work here")
        undo.callback(subprocess.run, ["umount", "-l", str(self.root)], check=False)

    def _install(self) -> None:
        """As the installer leaves a machine: user, program, settings, units."""
        add = "useradd --system --no-create-home --shell /usr/sbin/nologin --groups video emotion-kiosk"
        subprocess.run(["chroot", str(self.root), *add.split()], check=True, capture_output=True)
        (self.root / "opt/emotion-kiosk/current").symlink_to("versions/rig")
        (packages,) = (self.root / VERSION / "venv/lib").glob("python3*/site-packages")
        shutil.copytree(ROOT / "device", packages / "device", ignore=shutil.ignore_patterns("__pycache__"))
        (self.root / "etc/emotion-kiosk").mkdir()
        shutil.copy(ROOT / "tests/media/drawn_faces.mp4", self.root / "srv/faces.mp4")
        units = self.root / "etc/systemd/system"
        for name in (KIOSK, FAULT):
            shutil.copy(ROOT / "systemd" / name, units)
            (units / f"{name}.d").mkdir()
            for drop_in in _drop_ins(self.release, name):
                shutil.copy(ROOT / "systemd" / drop_in, units / f"{name}.d")

    def _boot(self, undo: ExitStack) -> None:
        command = ["systemd-nspawn", "-q", "-D", str(self.root), "--boot", "--register=no", "--keep-unit"]
        command += ["--private-network", "--console=pipe", "--machine", f"kiosk-{os.getpid()}"]
        console = undo.enter_context((self.folder / "console").open("wb"))
        words = ["sh", "-c", _IN_A_GROUP_OF_ITS_OWN, f"kiosk-{os.getpid()}", *command]
        container = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=console, stderr=console)
        undo.callback(_end, container, words[3])
        until = time.monotonic() + _BOOT_SECONDS
        while time.monotonic() < until and container.poll() is None:
            self._leader = self._leader or _leader(container.pid)
            if self._leader and self.run("systemctl", "is-system-running").stdout.strip() in ("running", "degraded"):
                return
            time.sleep(0.2)
        pytest.skip(f"the container does not boot: {(self.folder / 'console').read_text(errors='replace')[-500:]}")


def _drop_ins(release: str, unit: str) -> list[str]:
    """Those that a release's systemd knows: 252 in Bookworm, 257 in Trixie."""
    if release == "bookworm":
        return []
    return ["since-257.conf"] if unit == FAULT else ["since-254.conf", "since-257.conf"]


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


def _end(container: subprocess.Popen[bytes], group: str) -> None:
    container.send_signal(signal.SIGTERM)  # the container is told to power off
    try:
        container.wait(20)
    except subprocess.TimeoutExpired:
        container.kill()
        container.wait()
    for groups in _GROUPS:
        for folder, _, _ in os.walk(groups / group, topdown=False):
            with suppress(OSError):  # the kernel still counts something in it
                Path(folder).rmdir()
