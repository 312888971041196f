"""The rig's own verdicts: what it skips, and what it does not let pass; needs no rig."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.rig.booted import UNIT
from tests.rig.vm import VirtualMachine


class Said(VirtualMachine):
    """A machine that answers `systemctl is-system-running` with one word after the other, the last for ever."""

    def __init__(self, *words: str):
        self._words = list(words)

    def run(self, *words: object) -> subprocess.CompletedProcess[str]:
        said = self._words.pop(0) if len(self._words) > 1 else self._words[0]
        if said and "status" in words:
            said = f"{UNIT}: activating (start)"
        return subprocess.CompletedProcess([], 0 if said else 255, said, "")


@pytest.fixture
def console(tmp_path: Path) -> Path:
    (tmp_path / "console").write_text("Kernel panic")
    return tmp_path / "console"


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)


def test_a_machine_that_comes_up_is_gone_on_with(console: Path) -> None:
    Said("", "starting", "running").wait_for_boot(60, lambda: True, console)


def looks(number: int) -> Callable[[], bool]:
    """A machine that is waited for so many times."""
    left = iter(range(number))
    return lambda: next(left, None) is not None


def test_a_machine_that_never_answers_is_skipped(console: Path) -> None:
    with pytest.raises(pytest.skip.Exception, match="does not boot: Kernel panic"):
        Said("").wait_for_boot(60, looks(3), console)


def test_a_kiosk_that_hangs_before_it_is_ready_fails_and_is_not_skipped(console: Path) -> None:
    with pytest.raises(pytest.fail.Exception, match=rf"it is starting:\n{UNIT}: activating"):
        Said("", "starting").wait_for_boot(60, looks(3), console)


def test_a_machine_that_answered_once_and_died_fails(console: Path) -> None:
    with pytest.raises(pytest.fail.Exception, match=r"it is starting:\nKernel panic"):
        Said("starting", "").wait_for_boot(60, looks(2), console)
