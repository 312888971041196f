"""What the installer decides, and how it says it; tests/rig/test_install.py lets it loose on real systems."""

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from installer import account, machine, plans, settings_file, units, versions
from installer.layout import Layout
from installer.machine import Machine
from installer.step import InstallError, call, write

from tests.conftest import ROOT
from tests.systemd.conftest import BOOKWORM, TRIXIE
from tests.test_house import imports_of

INSTALL = ROOT / "systemd" / "install"


@pytest.mark.parametrize(
    ("here", "expected"),
    [
        (BOOKWORM, ["pi-tflite-runtime", "pi-screen"]),
        (replace(BOOKWORM, architecture="armhf"), ["pi-tflite-runtime"]),
        (TRIXIE, ["pi-ai-edge-litert", "pi-screen"]),
    ],
)
def test_what_pip_adds_fits_the_machine_and_is_pinned(here: Machine, expected: list[str]) -> None:
    assert here.requirements() == expected
    for name in expected:
        text = (ROOT / f"script/requirements/{name}.txt").read_text()
        assert "--hash=sha256:" in text
        assert "numpy==" not in text  # apt's own, which OpenCV and picamera2 were built for


@pytest.mark.parametrize(
    ("here", "words"),
    [
        (replace(TRIXIE, architecture="armhf"), "64-bit"),
        (replace(BOOKWORM, release="bullseye"), "bullseye"),
        (replace(BOOKWORM, release=""), "no Debian"),
        (replace(TRIXIE, python=(3, 14)), "Python 3.14"),
    ],
)
def test_where_it_cannot_run_it_is_not_begun(layout: Layout, here: Machine, words: str) -> None:
    with pytest.raises(InstallError, match=words):
        plans.install(layout, here, ROOT)
    assert not layout.root.exists()


def test_the_machine_is_recognized(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/os-release").write_text('ID=debian\nVERSION_CODENAME=trixie\nNAME="x=y"\n')
    (tmp_path / "proc/device-tree").mkdir(parents=True)
    (tmp_path / "proc/device-tree/model").write_text("Raspberry Pi Zero 2 W Rev 1.0\0")
    found = machine.look(tmp_path)
    assert (found.release, found.model, found.weak, found.booted) == (
        "trixie", "Raspberry Pi Zero 2 W Rev 1.0", True, False,
    )  # fmt: skip


def test_units_and_what_only_newer_systemds_know(layout: Layout, version: Callable) -> None:
    files = {"emotion-kiosk.service": "[Install]\n", "emotion-kiosk-fault.service": "", "since-257.conf": "new",
             "mqtt.conf": "the user's to take", "config.toml": ""}  # fmt: skip
    folder = version("a", **files)
    services = {"emotion-kiosk.service", "emotion-kiosk-fault.service"}
    assert units.wanted(folder, 252).keys() == services
    assert units.wanted(folder, 257).keys() == services | {f"{name}.d/since-257.conf" for name in services}
    # A newer system brings the drop-ins, an older one takes them away.
    files["emotion-kiosk.service"] = ""  # without [Install] there is nothing to enable on this machine
    folder = version("b", **files)
    for number in (252, 257, 252):
        units.place(layout, replace(TRIXIE, systemd=number), folder)
        assert units.present(layout) == units.wanted(folder, number)
    assert not list(layout.units.glob("*.d"))


@pytest.mark.skipif(not shutil.which("apt-cache"), reason="no apt here")
def test_a_start_that_was_broken_off_after_the_switch_is_made_up_for(layout: Layout) -> None:
    name = versions.identify(ROOT, BOOKWORM)
    folder = layout.versions / name
    versions.copy(ROOT, folder)
    versions.mark_whole(folder)
    versions.switch(layout, name)
    for file, content in units.wanted(folder, BOOKWORM.systemd).items():
        write(layout.units / file, content)

    def starts() -> bool:
        return any("start at the next boot" in step.text for step in plans.install(layout, BOOKWORM, ROOT).steps)

    assert starts()
    versions.mark_started(folder, True)
    assert not starts()
    versions.mark_started(folder, False)
    assert starts()


def test_settings_are_written_once_and_then_the_users(layout: Layout, version: Callable) -> None:
    old, new = version("old", **{"config.toml": "# old\n"}), version("new", **{"config.toml": "# new\n"})
    (step,) = settings_file.steps(layout, old)
    step.do()
    assert layout.settings.read_text() == "# old\n"
    versions.switch(layout, "old")
    assert settings_file.steps(layout, old) == []
    layout.settings.write_text("width = 320\n")
    assert settings_file.steps(layout, old) == []  # the defaults are those that the user has seen
    (step,) = settings_file.steps(layout, new)
    assert "config.toml.new" in str(step.do())
    assert layout.settings.read_text() == "width = 320\n"
    assert layout.settings.with_name("config.toml.new").read_text() == "# new\n"
    assert settings_file.steps(layout, new) == []


@pytest.mark.skipif(not shutil.which("apt-cache"), reason="no apt here")
def test_the_command_on_a_pi_is_the_one_that_pip_makes(layout: Layout, tmp_path: Path) -> None:
    """`emotion-kiosk` says the same there as on a workstation, and calls itself by that name."""
    steps = plans.install(layout, BOOKWORM, ROOT).steps
    next(step for step in steps if step.text == f"write {layout.command}").do()
    first, rest = layout.command.read_text().split("\n", 1)
    assert (first, layout.command.stat().st_mode & 0o777) == (
        "#!/opt/emotion-kiosk/current/venv/bin/python -P", 0o755,
    )  # fmt: skip
    command = tmp_path / "emotion-kiosk"
    command.write_text(f"#!{sys.executable} -P\n{rest}")
    command.chmod(0o755)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    said = subprocess.run([command, "run", "--help"], capture_output=True, text=True, env=environment, timeout=100)
    assert said.stdout.startswith("usage: emotion-kiosk run ")
    assert "\n  emotion-kiosk run --camera picamera2" in said.stdout
    wrong = subprocess.run([command, "nothing"], capture_output=True, text=True, env=environment, timeout=100)
    assert wrong.returncode == 2


@pytest.mark.skipif(not shutil.which("apt-cache"), reason="no apt here")
def test_settings_that_were_kept_find_their_folder_for_events_before_they_are_checked(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A removal has taken it away, and systemd makes it only when the service starts."""
    steps = plans.install(layout, BOOKWORM, ROOT).steps
    texts = [step.text for step in steps]
    made = texts.index(f"make {layout.logs} for events")
    assert made < next(number for number, text in enumerate(texts) if text.startswith("check that it runs"))
    monkeypatch.setattr(account.pwd, "getpwnam", lambda name: pwd.getpwuid(os.getuid()))
    steps[made].do()
    assert (layout.logs.stat().st_mode & 0o777, layout.logs.stat().st_uid) == (0o750, os.getuid())
    assert account.log_steps(layout) == []


def test_the_folder_for_events_is_made_as_systemd_makes_it(layout: Layout) -> None:
    unit = (ROOT / "systemd/emotion-kiosk.service").read_text()
    assert f"LogsDirectory={layout.logs.name}\nLogsDirectoryMode=0750\n" in unit


@pytest.mark.parametrize("name", ["root; rm", "A", "../x", "", "ALL", "%sudo"])
def test_only_a_users_name_reaches_sudoers(layout: Layout, name: str) -> None:
    with pytest.raises(InstallError, match="is no user name"):
        account.deploy_steps(layout, name)


def test_too_small_a_disk_is_told_before_anything_is_built(tmp_path: Path) -> None:
    machine.check_space(tmp_path / "not/there/yet", 1)
    with pytest.raises(InstallError, match="MB free, 1000000000 are needed"):
        machine.check_space(tmp_path / "not/there/yet", 10**9)


def test_what_fails_is_told_with_its_own_words_and_a_cure() -> None:
    with pytest.raises(InstallError, match=r"error: the very reason: the cure"):
        call(["sh", "-c", "echo error: the very reason >&2; echo chatter >&2; exit 4"], "the cure")
    with pytest.raises(InstallError, match=r"cannot be run .*: the cure"):
        call(["/nowhere/program"], "the cure")


def test_a_file_is_whole_or_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write(path, b"old", 0o440)
    assert path.stat().st_mode & 0o777 == 0o440
    (tmp_path / "file.partial").write_bytes(b"left by a power cut")
    write(path, b"new")
    assert (path.read_bytes(), [item.name for item in tmp_path.iterdir()]) == (b"new", ["file"])


def test_a_fresh_system_has_all_that_the_installer_imports() -> None:
    files = [INSTALL, *(ROOT / "systemd" / "installer").glob("*.py")]
    names = {name.split(".")[0] for file in files for name in imports_of(file)}
    assert len(files) > 10
    assert names - {"installer"} <= set(sys.stdlib_module_names)


def run_install(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([INSTALL, *words], capture_output=True, text=True, timeout=100, stdin=subprocess.DEVNULL)


@pytest.mark.skipif(not Path("/usr/bin/python3").exists(), reason="no /usr/bin/python3, as Debian has it")
def test_the_command_line() -> None:
    assert "--rollback" in run_install("--help").stdout
    assert run_install("--rollback", "--uninstall").returncode == 2
    assert run_install("--keep-settings").returncode == 2
    assert run_install("--rollback", "--deploy-user", "pi").returncode == 2


@pytest.mark.skipif(machine.look().release not in machine.RELEASES, reason="neither Bookworm nor Trixie")
def test_a_dry_run_on_this_machine_does_nothing() -> None:
    before = sorted(map(str, Path("/opt").iterdir()))
    result = run_install("--dry-run")
    assert result.returncode == 0, result.stderr
    assert "build version" in result.stdout
    assert sorted(map(str, Path("/opt").iterdir())) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="this is root")
def test_only_root_installs() -> None:
    result = run_install("--yes")
    assert (result.returncode, "sudo" in result.stderr) == (2, True)
