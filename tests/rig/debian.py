"""Debians that the rig's tests run in, each built once as a folder under RIG_ROOTS."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import needs

RIG_ROOTS = Path(os.environ.get("EMOTION_RIG_ROOTS", "/var/tmp/emotion-kiosk-rig"))


def built(name: str, release: str, packages: str, finish: Callable[[Path], None], architecture: str = "") -> Path:
    """The root of a Debian `release` with packages, and with what `finish` adds to it.

    Skips the test where it cannot be built: without root, mmdebstrap or a way to the packages.
    """
    if os.geteuid() != 0:
        pytest.skip("only root builds the rig")
    needs.program("mmdebstrap", apt="mmdebstrap")
    needs.program("unshare", apt="util-linux")
    root = RIG_ROOTS / name
    if not (root / "whole").exists():
        try:
            _build(root, release, packages, architecture)
            finish(root)
        except subprocess.CalledProcessError as error:
            pytest.skip(f"the rig could not be built: {' '.join(map(str, error.cmd))[:80]}: {error.stderr[-300:]}")
        (root / "whole").touch()
    return root


def _build(root: Path, release: str, packages: str, architecture: str) -> None:
    shutil.rmtree(root, ignore_errors=True)
    root.parent.mkdir(parents=True, exist_ok=True)
    options = ["--include=" + ",".join(packages.split()), '--aptopt=Acquire::Check-Valid-Until "false"']
    if architecture:
        options.append(f"--architectures={architecture}")
    # Where this machine gets its own packages from.
    ask = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Origin: Debian", "Label: Debian"]
    mirror = subprocess.run(ask, check=True, capture_output=True, text=True).stdout.split()[0]
    command = ["mmdebstrap", "-q", "--variant=minbase", *options, release, str(root), mirror]
    subprocess.run(command, check=True, capture_output=True, text=True)
    # How this machine reaches its package index holds inside as well.
    certificates = [os.environ[name] for name in ("PIP_CERT", "SSL_CERT_FILE") if name in os.environ]
    for file in ("/etc/resolv.conf", "/etc/pip.conf", str(Path.home() / ".config/pip/pip.conf"), *certificates):
        if Path(file).is_file():
            (root / file[1:]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, root / file[1:])


def add_venv(root: Path, venv: str, wheels: str) -> None:
    """A virtual environment in the root that sees its Python packages, with wheels of its own."""
    run_in(root, ["python3", "-m", "venv", "--system-site-packages", venv]).check_returncode()
    run_in(root, [f"{venv}/bin/pip", "install", "-q", *wheels.split()]).check_returncode()


def run_in(
    root: Path, words: Sequence[str], shown: Sequence[tuple[Path, str]] = (), timeout: float = 600
) -> subprocess.CompletedProcess[str]:
    """Run a command in the root; its mounts are its own, and go with it.

    Args:
        shown: folders of this machine, and under which name in / they are seen inside.
        timeout: seconds.
    """
    mounts = [(Path("/proc"), "proc"), (Path("/dev"), "dev"), *shown]
    for _, target in mounts:
        (root / target).mkdir(exist_ok=True)
    script = "".join(f"mount --bind '{source}' '{root / target}' && " for source, target in mounts)
    command = ["unshare", "--mount", "sh", "-c", f'{script} exec chroot "$0" "$@"', str(root), *words]
    # A Pi 4's cores, where the processor is emulated: XNNPACK hangs on all that qemu 7.2 can be.
    environment = os.environ | {"HOME": "/root", "QEMU_CPU": "cortex-a72"}
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, env=environment)


@contextmanager
def layer_over(below: Path, folder: Path) -> Iterator[Path]:
    """A root that shows `below`, which stays as it is; what is written to it lies in `folder` (new).

    Skips the test where overlays cannot be mounted.
    """
    upper, work, root = (folder / name for name in ("upper", "work", "root"))
    for part in (upper, work, root):
        part.mkdir(parents=True)
    mount = ["mount", "-t", "overlay", "overlay", "-o", f"lowerdir={below},upperdir={upper},workdir={work}", str(root)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("overlayfs does not work here")
    try:
        yield root
    finally:
        subprocess.run(["umount", "-l", str(root)], check=False)
