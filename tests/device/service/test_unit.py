"""The unit, as systemd tells of it."""

import subprocess

import pytest

from device.errors import HardwareError
from device.service import unit

pytestmark = pytest.mark.once


def test_a_systemd_that_does_not_answer_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(words: list[str], **_: object) -> None:
        raise subprocess.TimeoutExpired(words, 60)

    monkeypatch.setattr(unit.subprocess, "run", run)
    with pytest.raises(HardwareError, match="systemctl show: no answer in 60 seconds"):
        unit.state()
