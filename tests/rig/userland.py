"""Bare Debians that an installer is let loose on: built once, booted with the real systemd, thrown away."""

import hashlib
import os
import shutil
import signal
import subprocess
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Self

import pytest

from tests.conftest import ROOT

RIG_ROOTS = Path(os.environ.get("EMOTION_RIG_ROOTS", "/var/tmp/emotion-kiosk-rig"))
PACKAGES = "systemd systemd-sysv dbus python3 procps iproute2 sudo ca-certificates"
# What Raspberry Pi OS has and Debian lacks. The real one exists only in the Pi's own archive.
STUB = """Package: python3-picamera2
Version: 0.0.stub
Architecture: all
Maintainer: test <test@localhost>
Description: stands for the picamera2 of Raspberry Pi OS
"""


def bare(release: str, architecture: str = "") -> Path:
    """The root of a Debian with systemd, sudo and Python, and of the kiosk's packages nothing.

    Skips the test where it cannot be built: without root, the tools or a way to the packages.
    """
    needed = ("mmdebstrap", "systemd-nspawn", "nsenter", "dpkg-deb")
    if os.geteuid() != 0 or not all(map(shutil.which, needed)):
        pytest.skip(f"root, {', '.join(needed)} are needed to build the rig")
    root = RIG_ROOTS / f"bare-{release}{architecture and '-' + architecture}"
    if not (root / "whole").exists():
        try:
            _build(root, release, architecture)
        except subprocess.CalledProcessError as error:
            pytest.skip(f"the rig could not be built: {' '.join(error.cmd)[:80]}: {error.stderr[-300:]}")
    return root


def _build(root: Path, release: str, architecture: str) -> None:
    shutil.rmtree(root, ignore_errors=True)
    root.parent.mkdir(parents=True, exist_ok=True)
    # Where this machine gets its own packages from.
    ask = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Origin: Debian", "Label: Debian"]
    mirror = subprocess.run(ask, check=True, capture_output=True, text=True).stdout.split()[0]
    stale = '--aptopt=Acquire::Check-Valid-Until "false"'
    foreign = [f"--architectures={architecture}"] if architecture else []
    included = "--include=" + ",".join(PACKAGES.split())
    command = ["mmdebstrap", "-q", "--variant=minbase", stale, *foreign, included, release, str(root), mirror]
    subprocess.run(command, check=True, capture_output=True, text=True)
    # How this machine reaches its package index holds inside as well.
    certificates = [os.environ[name] for name in ("PIP_CERT", "SSL_CERT_FILE") if name in os.environ]
    for file in ("/etc/resolv.conf", "/etc/pip.conf", str(Path.home() / ".config/pip/pip.conf"), *certificates):
        if Path(file).is_file():
            (root / file[1:]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, root / file[1:])
    _offer_stub(root)
    (root / "whole").touch()


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


class Userland:
    """A throw-away copy of a root. The project is seen in it under /project, read-only.

    Args:
        folder: for what is written; empty.
        project: the copy of the project to show.
    """

    def __init__(self, base: Path, folder: Path, project: Path):
        self.root = folder / "root"
        self._layers = (base, folder / "upper", folder / "work")
        self._project = project
        self._parts = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            for part in (*self._layers[1:], self.root):
                part.mkdir(parents=True)
            options = "lowerdir={},upperdir={},workdir={}".format(*self._layers)
            self._mount(undo, "-t", "overlay", "overlay", "-o", options, str(self.root))
            self._open(undo)
            self._parts = undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._parts.close()

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start a command inside; its output comes through pipes."""
        path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        return subprocess.Popen(
            [*self._way_in(), path, "HOME=/root", "LC_ALL=C.UTF-8", *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, *words: str, timeout: float = 3000) -> subprocess.CompletedProcess[str]:
        """Run a command inside; stdout and stderr as text."""
        process = self.start(*words)
        out, err = process.communicate(timeout=timeout)
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def _mount(self, undo: ExitStack, *words: str) -> None:
        if subprocess.run(["mount", *words], capture_output=True).returncode:
            pytest.skip(f"mounting does not work here: mount {' '.join(words)[:80]}")
        undo.callback(subprocess.run, ["umount", "-l", words[-1]], check=False)

    def _open(self, undo: ExitStack) -> None:
        raise NotImplementedError

    def _way_in(self) -> list[str]:
        raise NotImplementedError


class Chroot(Userland):
    """Without an init: where an image is made, or where an emulated processor runs it."""

    def _open(self, undo: ExitStack) -> None:
        (self.root / "project").mkdir()
        self._mount(undo, "-t", "proc", "proc", f"{self.root}/proc")
        self._mount(undo, "--bind", "/dev", f"{self.root}/dev")
        self._mount(undo, "--bind", str(self._project), f"{self.root}/project")

    def _way_in(self) -> list[str]:
        # A Pi 4's cores, where the processor is emulated: XNNPACK hangs on all that qemu 7.2 can be.
        return ["chroot", str(self.root), "env", "-i", "QEMU_CPU=cortex-a72"]


class Container(Userland):
    """Booted: PID 1 is its own systemd. It shares this machine's network."""

    def _open(self, undo: ExitStack) -> None:
        command = ["systemd-nspawn", "-q", "-D", str(self.root), "--boot", "--register=no", "--keep-unit",
                   "--console=pipe", "--resolv-conf=off", f"--bind-ro={self._project}:/project"]  # fmt: skip
        quiet = subprocess.DEVNULL
        self._nspawn = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet)
        self._init = ""
        undo.callback(self._power_off)
        for _ in range(600):
            if self._is_up():
                return
            time.sleep(0.1)
        pytest.skip("the container does not boot")

    def _is_up(self) -> bool:
        children = Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children").read_text().split()
        self._init = children[0] if children else ""
        return bool(children) and self.run("systemctl", "is-system-running").stdout.strip() in ("running", "degraded")

    def _way_in(self) -> list[str]:
        return ["nsenter", "-t", self._init, "-m", "-p", "-u", "-i", "-n", "-C", "-r", "-w", "env", "-i"]

    def _power_off(self) -> None:
        self._nspawn.terminate()
        try:
            self._nspawn.wait(20)
        except subprocess.TimeoutExpired:
            # What was started from outside may keep it; with its PID 1 goes everything inside.
            with suppress(ProcessLookupError):
                os.kill(int(self._init), signal.SIGKILL)
            self._nspawn.kill()
            self._nspawn.wait()


def project_copy(folder: Path) -> Path:
    """The project as a person unpacks it, to be changed by a test."""
    names = ["device", "systemd", "script", "tests/media", "pyproject.toml", "LICENSE", "README.md"]
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-r", ROOT / name, folder / name], check=True)
    return folder
