"""What is said when the service has stopped for good."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from device.service import fault
from tests.conftest import ROOT
from tests.manager import Manager
from tests.xvfb import Xvfb

pytestmark = [pytest.mark.once, pytest.mark.skipif(sys.platform != "linux", reason="systemd is Linux's")]


TITLE = (66, 228, 240)


@pytest.mark.parametrize(
    ("monitor", "last_words", "said"),
    [
        (("exit-code", "exited", "2"), "ended: config.toml: line 3", "The kiosk has stopped: config.toml: line 3"),
        (("exit-code", "exited", "2"), "", "its settings, model or program cannot be used"),
        (("exit-code", "exited", "1"), "ended: KeyError: 3", "ended again and again (exit status 1: KeyError: 3)"),
        (("exit-code", "exited", "1"), "reading: 3 faces", "ended again and again (exit status 1)"),
        (("signal", "killed", "SEGV"), "reading: 3 faces", "it crashed again and again (signal SEGV)"),
        (("core-dump", "dumped", "ABRT"), "", "it crashed again and again (signal ABRT)"),
        (("watchdog", "killed", "ABRT"), "reading: no faces", "it froze again and again: no frame was finished"),
        (("oom-kill", "killed", "KILL"), "", "it took more memory than it may have"),
    ],
)
def test_why_it_has_stopped_in_a_sentence(monitor: tuple[str, str, str], last_words: str, said: str) -> None:
    names = ("MONITOR_SERVICE_RESULT", "MONITOR_EXIT_CODE", "MONITOR_EXIT_STATUS")
    assert fault.explain(dict(zip(names, monitor, strict=True)), last_words).endswith(said)


def test_the_fault_is_told_and_shown_until_the_kiosk_starts_again(manager: Manager, tmp_path: Path, xvfb: Xvfb) -> None:
    (tmp_path / "config.toml").write_text('display = "window"\n')
    told = {"NOTIFY_SOCKET": manager.name, "MONITOR_SERVICE_RESULT": "watchdog"} | xvfb.environment
    command = [sys.executable, "-m", "device.service.fault", "--config", str(tmp_path / "config.toml")]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | told, text=True, stderr=subprocess.PIPE)
    said = manager.listen_until(lambda said: "READY" in said)
    assert said["STATUS"] == "The kiosk has stopped: it froze again and again: no frame was finished"
    until = time.monotonic() + 30
    while not (xvfb.screenshot() == TITLE).all(axis=2).any():
        assert time.monotonic() < until
        time.sleep(0.2)
    process.terminate()
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "sudo systemctl start emotion-kiosk.service" in errors
