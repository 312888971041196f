"""What an installation, a way back and a removal consist of, in their order."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from installer import account, build, models, packages, settings_file, units, versions
from installer.layout import NAME, UNIT, Layout
from installer.machine import Machine
from installer.step import InstallError, Step, write

# The same command as the one that pip makes, for whichever version runs: it finds its own name in sys.argv, and says it
# in --help.
_COMMAND = """#!/opt/emotion-kiosk/current/venv/bin/python -P
import runpy

runpy.run_module("device", run_name="__main__")
"""


@dataclass(frozen=True)
class Plan:
    """Steps, and what closes them; `close` returns the exit status."""

    steps: list[Step]
    close: Callable[[], int] = lambda: 0


def install(layout: Layout, machine: Machine, source: Path, deploy_user: str | None = None) -> Plan:
    """All that is missing of an installation of `source`.

    Raises:
        InstallError: it cannot be installed here.
    """
    name = versions.identify(source, machine)
    version = layout.versions / name
    machine.requirements()  # refuse before anything is done
    steps = packages.steps() + account.steps() + account.log_steps(layout)
    steps += build.steps(layout, machine, source)
    # The settings come after the check of the new version: that one has to run with those that are there.
    steps += settings_file.steps(layout, source)
    if not (layout.state / "releases").is_dir():
        steps.append(Step(f"make {layout.state} for model releases", lambda: _make_state(layout)))
    steps += models.steps(layout, machine, source)
    if not layout.command.is_file() or layout.command.read_text() != _COMMAND:
        steps.append(Step(f"write {layout.command}", lambda: write(layout.command, _COMMAND.encode(), 0o755)))
    if deploy_user:
        steps += account.deploy_steps(layout, deploy_user)
    steps += _change_over(layout, machine, version, source)
    return Plan(steps, lambda: _doctor(layout))


def roll_back(layout: Layout, machine: Machine) -> Plan:
    """Back to the version before, once it is seen to run; the same again comes back.

    Raises:
        InstallError: there is none.
    """
    name = versions.former(layout)
    if name is None:
        raise InstallError(f"there is no former version in {layout.versions}: only an upgrade leaves one")
    version = layout.versions / name
    steps = [Step(f"check that version {name} runs", lambda: build.check(layout, version))]
    return Plan(steps + _change_over(layout, machine, version, version), lambda: _doctor(layout))


def uninstall(layout: Layout, machine: Machine, keep_settings: bool, keep_releases: bool) -> Plan:
    """Everything that `install` made, but what is to be kept."""
    steps = [
        Step(f"stop {UNIT} and remove its units", lambda: units.remove(layout, machine)),
        Step(f"remove the user {NAME}", account.remove),
    ]
    gone = [layout.program, layout.command, layout.sudoers, layout.runtime]
    gone += [layout.logs, layout.root / "var/cache" / NAME]
    gone += [] if keep_settings else [layout.settings.parent]
    if keep_releases:
        kept = {layout.state / "releases", layout.current_release, layout.adopted_release}
        gone += [path for path in layout.state.glob("*") if path not in kept]
    else:
        gone.append(layout.state)
    steps += [Step(f"remove {path}", lambda path=path: _remove(path)) for path in gone if path.exists()]  # type: ignore
    return Plan(steps)


def _change_over(layout: Layout, machine: Machine, version: Path, files: Path) -> list[Step]:
    """Let `version` be the one that runs; `files` is where its units can be read now."""
    same = versions.name_of(layout.current) == version.name
    if same and versions.was_started(version) and units.present(layout) == units.wanted(files, machine.systemd):
        return []
    start = f"start {UNIT}" if machine.booted else f"let {UNIT} start at the next boot (systemd does not run here)"
    text = f"write the units anew and {start}" if same else f"switch to version {version.name} and {start}"
    return [Step(text, lambda: switch(layout, machine, version))]


def switch(layout: Layout, machine: Machine, version: Path) -> str | None:
    former, before = versions.name_of(layout.current), versions.name_of(layout.previous)
    ran = machine.booted and former not in (None, version.name) and units.state()["ActiveState"] == "active"
    if former == version.name and not versions.was_started(version):
        # The switch was made before, and its start was never seen to the end: what ran until then is to come back.
        former, before = versions.before_switch(layout)
        ran = former is not None
    versions.mark_started(version, False)
    versions.switch(layout, version.name)
    units.place(layout, machine, version)
    told = None
    if machine.booted and units.wanted(version, machine.systemd):
        now = units.restart()
        told = f"{UNIT} is {now['ActiveState']}: {now['StatusText'] or now['Result']}"
        if now["ActiveState"] != "active" and ran and former:
            versions.switch_back(layout, former, before)
            units.place(layout, machine, layout.versions / former)
            units.restart()
            raise InstallError(
                f"version {version.name} did not start ({now['Result']}, status {now['ExecMainStatus']}): "
                f"{former} runs again; journalctl -u {UNIT} has the reason"
            )
    versions.mark_started(version, True)
    versions.prune(layout)
    return told


def _make_state(layout: Layout) -> None:
    (layout.state / "releases").mkdir(parents=True, exist_ok=True)


def _remove(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def _doctor(layout: Layout) -> int:
    print("\nWhat doctor says:", flush=True)
    command: list[str | Path] = [layout.current / "venv/bin/python", "-P", "-m", "device", "doctor"]
    status = subprocess.run(command, stdin=subprocess.DEVNULL, cwd="/").returncode
    sys.stdout.flush()
    return status
