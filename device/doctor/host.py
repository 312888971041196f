"""The machine under examination: files below a root, programs, a clock. Tests have a folder of their own."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from device.process import child

_TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised


class Output(NamedTuple):
    """How a program ended."""

    status: int  # negative: the signal that killed it; 127: it is not installed, 124: it took too long
    out: str
    err: str

    @property
    def ending(self) -> str:
        """Why it failed, in a few words."""
        if self.status < 0:
            return f"crashed with {signal.Signals(-self.status).name}"
        lines = [line for line in self.err.splitlines() if line.strip()] or [f"ended with status {self.status}"]
        return lines[-1].removeprefix("error: ")


def call(words: Sequence[str], seconds: float = 20.0, environment: Mapping[str, str] | None = None) -> Output:
    """Run a program with empty stdin; whatever it does, an Output comes back.

    Args:
        seconds: how long it may take before it is killed.
        environment: its whole environment; None for that of this process.
    """
    try:
        done = subprocess.run(
            words,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        return Output(124, "", f"{words[0]} was not done after {seconds:g} s")
    except OSError as error:
        return Output(127, "", f"{words[0]} cannot be run ({error.strerror})")
    return Output(done.returncode, done.stdout, done.stderr)


def probe(*words: str, seconds: float = 60.0) -> Output:
    """Ask device.doctor.probe, in a process that may crash or hang without harm."""
    return call(child.command("device.doctor.probe", *words), seconds, child.environment())


def clock_is_synchronised() -> bool | None:
    """What the kernel knows of it, whichever program keeps the time; None where it does not tell."""
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512))
    except (OSError, AttributeError):
        return None
    return None if state < 0 else state != _TIME_ERROR


@dataclass(frozen=True)
class Host:
    """What checks may ask."""

    root: Path = Path("/")
    run: Callable[..., Output] = call
    probe: Callable[..., Output] = probe
    synchronised: Callable[[], bool | None] = clock_is_synchronised
    now: Callable[[], float] = time.time
    space: Callable[[Path], os.statvfs_result] = field(default=os.statvfs)

    def path(self, name: str | Path) -> Path:
        """An absolute path as it lies below the root."""
        return self.root / str(name).lstrip("/")

    def read(self, name: str | Path) -> str:
        """A file's text without what frames it; empty where there is none or it may not be read."""
        try:
            return self.path(name).read_text(errors="replace").strip("\0\n ")
        except OSError:
            return ""

    def glob(self, pattern: str) -> list[Path]:
        """What lies below the root and matches, in order."""
        return sorted(self.root.glob(pattern.lstrip("/")))

    def name(self, path: Path) -> str:
        """A path below the root as people know it."""
        return f"/{path.relative_to(self.root)}"

    @property
    def pi(self) -> str:
        """The model of a Raspberry Pi; empty on any other machine."""
        model = self.read("/proc/device-tree/model")
        return model if model.startswith("Raspberry Pi") else ""

    def systemctl(self, *words: str) -> str:
        """What `systemctl` prints (device.service.unit.Systemctl); empty where systemd does not run."""
        output = self.run(["systemctl", *words])
        return "" if output.status else output.out
