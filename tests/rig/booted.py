"""A Debian that runs its own systemd, wherever it was booted: commands inside, and what systemd says of a unit."""

import subprocess
import time
from collections.abc import Callable

import pytest

UNIT, FAULT = "emotion-kiosk.service", "emotion-kiosk-fault.service"


class Booted:
    """What containers and virtual machines have in common; they say how a command gets inside."""

    def start(self, *words: object) -> subprocess.Popen[str]:
        """Start a command inside, as root; its output comes through pipes."""
        raise NotImplementedError

    def run(self, *words: object) -> subprocess.CompletedProcess[str]:
        """Run a command inside, as root; stdout and stderr as text."""
        process = self.start(*words)
        out, err = process.communicate(timeout=900)
        return subprocess.CompletedProcess([*map(str, words)], process.returncode, out, err)

    def shows(self, name: str, unit: str = UNIT) -> str:
        """A property of a unit, as `systemctl show` has it."""
        return self.run("systemctl", "show", "--value", f"--property={name}", unit).stdout.strip()

    def journal(self, unit: str = UNIT) -> str:
        return self.run("journalctl", "--no-pager", "-o", "cat", "-u", unit).stdout

    def wait_until(self, what: Callable[[], bool], seconds: float, unit: str = UNIT) -> float:
        """How long it took, seconds; fails the test with what systemd knows of `unit` where it takes longer."""
        started = time.monotonic()
        while not what():
            if time.monotonic() - started > seconds:
                status = self.run("systemctl", "status", "--no-pager", "-n", "40", unit).stdout
                pytest.fail(f"not within {seconds} seconds:\n{status}")
            time.sleep(0.05)
        return time.monotonic() - started
