"""Debians that the rig's tests run in, each built once as a folder under RIG_ROOTS."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

RIG_ROOTS = Path(os.environ.get("EMOTION_RIG_ROOTS", "/var/tmp/emotion-kiosk-rig"))


def built(name: str, release: str, packages: str, venv: str, wheels: str) -> Path:
    """The root of a Debian `release` with packages, and wheels in a virtual environment that sees them.

    Skips the test where it cannot be built: without root, mmdebstrap or a way to the packages.
    """
    if os.geteuid() != 0 or not all(map(shutil.which, ("mmdebstrap", "unshare"))):
        pytest.skip("root, mmdebstrap and unshare are needed to build the rig")
    root = RIG_ROOTS / name
    if not (root / "whole").exists():
        try:
            _build(root, release, packages, venv, wheels)
        except subprocess.CalledProcessError as error:
            pytest.skip(f"the rig could not be built: {' '.join(error.cmd)[:80]}: {error.stderr[-300:]}")
    return root


def _build(root: Path, release: str, packages: str, venv: str, wheels: str) -> None:
    shutil.rmtree(root, ignore_errors=True)
    root.parent.mkdir(parents=True, exist_ok=True)
    included = "--include=" + ",".join(packages.split())
    stale = '--aptopt=Acquire::Check-Valid-Until "false"'
    # Where this machine gets its own packages from.
    ask = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Origin: Debian", "Label: Debian"]
    mirror = subprocess.run(ask, check=True, capture_output=True, text=True).stdout.split()[0]
    command = ["mmdebstrap", "-q", "--variant=minbase", stale, included, release, str(root), mirror]
    subprocess.run(command, check=True, capture_output=True, text=True)
    # How this machine reaches its package index holds inside as well.
    for file in ("/etc/resolv.conf", "/etc/pip.conf", str(Path.home() / ".config/pip/pip.conf"), *certificates()):
        if Path(file).is_file():
            (root / file[1:]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, root / file[1:])
    for words in (["python3", "-m", "venv", "--system-site-packages", venv],
                  [f"{venv}/bin/pip", "install", "-q", *wheels.split()]):  # fmt: skip
        run_in(root, words).check_returncode()
    (root / "whole").touch()


def certificates() -> list[str]:
    return [os.environ[name] for name in ("PIP_CERT", "SSL_CERT_FILE") if name in os.environ]


def run_in(
    root: Path, words: Sequence[str], shown: Sequence[tuple[Path, str]] = ()
) -> subprocess.CompletedProcess[str]:
    """Run a command in the root; its mounts are its own, and go with it.

    Args:
        shown: folders of this machine, and under which name in / they are seen inside.
    """
    mounts = [(Path("/proc"), "proc"), (Path("/dev"), "dev"), *shown]
    for _, target in mounts:
        (root / target).mkdir(exist_ok=True)
    script = "".join(f"mount --bind '{source}' '{root / target}' && " for source, target in mounts)
    command = ["unshare", "--mount", "sh", "-c", f'{script} exec chroot "$0" "$@"', str(root), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, env=os.environ | {"HOME": "/root"})
