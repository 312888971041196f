"""The unit files as systemd reads them: `systemd-analyze` needs no systemd that runs."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from device.camera.waiting import LEAST_LIFE_SECONDS
from tests import needs
from tests.conftest import ROOT

UNITS = ("emotion-kiosk.service", "emotion-kiosk-fault.service")
SYSTEM = Path("/lib/systemd/system")


def settings_of(unit: str, section: str) -> list[tuple[str, str]]:
    """Keys and values of a section, in their order."""
    text = (ROOT / "systemd" / unit).read_text()
    (content,) = re.findall(rf"^\[{section}\]\n(.*?)(?=^\[|\Z)", text, re.MULTILINE | re.DOTALL)
    pairs = (line.partition("=") for line in content.splitlines() if line and not line.startswith("#"))
    return [(key, value) for key, _, value in pairs]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The installed tree, as far as systemd looks at it."""
    needs.program("systemd-analyze", apt="systemd")
    if not SYSTEM.is_dir():
        needs.lack(str(SYSTEM), apt="systemd")
    root = tmp_path_factory.mktemp("tree")
    shutil.copytree(SYSTEM, root / "usr/lib/systemd/system", symlinks=True)
    python = root / "opt/emotion-kiosk/current/venv/bin/python"
    for program in (python, root / "bin/kill"):
        program.parent.mkdir(parents=True)
        shutil.copy("/bin/true", program)
    (root / "etc/emotion-kiosk").mkdir(parents=True)
    (root / "etc/emotion-kiosk/config.toml").touch()
    (root / "etc/systemd/system").mkdir(parents=True)
    for unit in UNITS:
        shutil.copy(ROOT / "systemd" / unit, root / "etc/systemd/system")
    return root


def with_drop_in(tree: Path, name: str, unit: str) -> Path:
    file = tree / f"etc/systemd/system/{unit}.d" / name
    file.parent.mkdir(exist_ok=True)
    return Path(shutil.copy(ROOT / "systemd" / name, file))


def analyze(tree: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *words, f"--root={tree}"], capture_output=True, text=True, timeout=60)


def test_systemd_has_nothing_to_say_about_the_units(tree: Path) -> None:
    result = analyze(tree, "verify", *UNITS)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_it_would_say_so(tree: Path) -> None:
    bad = tree / "etc/systemd/system/bad.service"
    bad.write_text((ROOT / "systemd" / UNITS[0]).read_text().replace("WatchdogSec", "WatchDogSec"))
    assert "WatchDogSec" in analyze(tree, "verify", "bad.service").stderr


@pytest.mark.parametrize("name", ["mqtt.conf", "network-camera.conf"])
def test_the_network_opens_with_one_drop_in(tree: Path, name: str) -> None:
    file = with_drop_in(tree, name, UNITS[0])
    try:
        result = analyze(tree, "verify", UNITS[0])
        assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
        opened = analyze(tree, "security", "--offline=true", "--no-pager", UNITS[0]).stdout
    finally:
        file.unlink()
    closed = analyze(tree, "security", "--offline=true", "--no-pager", UNITS[0]).stdout
    for check in ("PrivateNetwork=", "RestrictAddressFamilies=~AF_(INET|INET6)"):
        (before,), (after,) = ([row for row in rows.splitlines() if check in row] for rows in (closed, opened))
        assert (before[0], after[0]) == ("✓", "✗"), check


@pytest.mark.parametrize("unit", UNITS)
def test_exposure_is_at_most_one(tree: Path, unit: str) -> None:
    result = analyze(tree, "security", "--offline=true", "--no-pager", "--threshold=10", unit)
    assert result.returncode == 0, result.stdout[-200:]
    assert re.search(r"exposure level for \S+: 0\.\d SAFE", result.stdout)


def test_the_fault_is_as_locked_in_as_the_kiosk() -> None:
    """It has no cameras and no events; all else from User= on is the same."""
    kiosk, fault = (settings_of(unit, "Service") for unit in UNITS)
    cameras = {("DeviceAllow", f"char-{name} rw") for name in ("video4linux", "media", "dma_heap")}
    locks = kiosk[kiosk.index(("User", "emotion-kiosk")) :]
    assert cameras < set(locks)
    kept = [pair for pair in locks if pair not in cameras and not pair[0].startswith("LogsDirectory")]
    assert fault[fault.index(("User", "emotion-kiosk")) :] == kept


def test_nothing_ever_reboots_the_machine() -> None:
    for unit in UNITS:
        keys = {key for section in ("Unit", "Service") for key, _ in settings_of(unit, section)}
        assert not {key for key in keys if key.endswith("Action") or "Reboot" in key}


def test_a_failing_camera_never_counts_as_crashing() -> None:
    """However often it fails: ends of the process so far apart do not reach the limit."""
    unit = dict(settings_of(UNITS[0], "Unit"))
    starts_in_the_interval = int(unit["StartLimitIntervalSec"]) / LEAST_LIFE_SECONDS + 1
    assert starts_in_the_interval <= int(unit["StartLimitBurst"])
