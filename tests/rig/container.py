"""A Debian that is really booted, in a container: PID 1 is its own systemd."""

import os
import signal
import subprocess
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Self

import pytest

from tests import needs
from tests.rig import debian
from tests.rig.booted import Booted

_BOOT_SECONDS = 120.0
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


class Container(Booted):
    """A layer of its own over a built root, which `boot` starts; what is written to it goes with it.

    Skips the test where there is no systemd-nspawn, or the container does not boot.

    Args:
        below: the built root.
        folder: new, for what is written.
        options: of systemd-nspawn, more than these here.
    """

    def __init__(self, below: Path, folder: Path, *options: str):
        needs.program("systemd-nspawn", apt="systemd-container")
        self.root = folder / "root"
        self._below, self._folder, self._options = below, folder, options
        self._group = f"rig-{os.getpid()}-{folder.name}"
        self._nspawn: subprocess.Popen[bytes] | None = None
        self._leader = 0
        self._parts = ExitStack()

    def __enter__(self) -> Self:
        self._parts.enter_context(debian.layer_over(self._below, self._folder))
        return self

    def __exit__(self, *_: object) -> None:
        self._power_off()
        self._parts.close()

    def boot(self) -> None:
        """Returns when systemd has started all that it starts."""
        command = ["systemd-nspawn", "-q", "-D", str(self.root), "--boot", "--register=no", "--keep-unit",
                   "--console=pipe", "--resolv-conf=off", "--link-journal=no", *self._options]  # fmt: skip
        console = self._folder / "console"
        with console.open("ab") as out:
            self._nspawn = subprocess.Popen(
                ["sh", "-c", _IN_A_GROUP_OF_ITS_OWN, self._group, *command],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            )  # fmt: skip
        self._leader = 0
        until = time.monotonic() + _BOOT_SECONDS
        while time.monotonic() < until and self._nspawn.poll() is None:
            self._leader = self._leader or _leader(self._nspawn.pid)
            if self._leader and self.run("systemctl", "is-system-running").stdout.strip() in ("running", "degraded"):
                return
            time.sleep(0.2)
        pytest.skip(f"the container does not boot: {console.read_text(errors='replace')[-500:]}")

    def cut_power(self) -> None:
        """Everything inside ends at once; nothing is told."""
        assert self._nspawn is not None
        os.kill(self._leader, signal.SIGKILL)
        self._nspawn.wait(60)

    def start(self, *words: object) -> subprocess.Popen[str]:
        inside = ["nsenter", "-t", str(self._leader), "-m", "-p", "-u", "-i", "-n", "-C", "-r", "-w"]
        path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        return subprocess.Popen(
            [*inside, "env", "-i", path, "HOME=/root", "LC_ALL=C.UTF-8", *map(str, words)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def _power_off(self) -> None:
        if self._nspawn is None:
            return
        self._nspawn.terminate()  # the container is told to power off
        try:
            self._nspawn.wait(20)
        except subprocess.TimeoutExpired:
            # What was started from outside may keep it; with its PID 1 goes everything inside.
            with suppress(ProcessLookupError):
                os.kill(self._leader, signal.SIGKILL)
            self._nspawn.kill()
            self._nspawn.wait()
        for groups in _GROUPS:
            for folder, _, _ in os.walk(groups / self._group, topdown=False):
                with suppress(OSError):  # the kernel still counts something in it
                    Path(folder).rmdir()


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
