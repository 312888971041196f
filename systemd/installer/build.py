"""A new version, built and tried beside the one that runs."""

import json
from pathlib import Path

from installer import versions
from installer.layout import NAME, Layout
from installer.machine import Machine, check_space
from installer.step import InstallError, Step, call

_BUILD_MEGABYTES = 300  # a version takes 150, pip needs room beside
_AGAIN = "then run this again; what ran before still runs"


def steps(layout: Layout, machine: Machine, source: Path) -> list[Step]:
    """Build and check the version that `source` holds, unless it stands there whole."""
    name = versions.identify(source, machine)
    requirements = machine.requirements()
    version = layout.versions / name
    if versions.is_whole(version):
        return []
    parts = " and ".join(item.removeprefix("pi-").replace("screen", "pygame-ce") for item in requirements)
    return [
        Step(f"build version {name} in {version}, with {parts}", lambda: _build(source, version, requirements)),
        Step("check that it runs: settings, model, interpreter, a recording", lambda: _finish(layout, version)),
    ]


def check(layout: Layout, version: Path) -> None:
    """Run a version as the service would: with the settings that are there, then over a recording.

    Raises:
        InstallError: it does not run here; the line says why.
    """
    settings = layout.settings if layout.settings.is_file() else version / "systemd/config.toml"
    python: list[str | Path] = [version / "venv/bin/python", "-P", "-m", "device"]
    cure = f"mend what it names, {_AGAIN}"
    config: list[str | Path] = ["--config", settings] if settings.is_file() else []
    call([*python, "run", "--check", *config], cure, user=NAME)
    events = call([*python, "replay", version / versions.RECORDING], cure, user=NAME).splitlines()
    if not any(face["emotion"] for line in events for face in json.loads(line)["faces"]):
        raise InstallError(f"{version.name} reads no face in {versions.RECORDING.name}: fetch it again, {_AGAIN}")


def _build(source: Path, version: Path, requirements: list[str]) -> None:
    check_space(version, _BUILD_MEGABYTES)
    versions.copy(source, version)
    venv = version / "venv"
    call(
        ["/usr/bin/python3", "-m", "venv", "--system-site-packages", venv],
        f"is python3-venv there (sudo apt install python3-venv), and the disk not full (df -h /opt)? Mend it, {_AGAIN}",
    )
    python = venv / "bin/python"
    files = [word for name in requirements for word in ("-r", version / f"script/requirements/{name}.txt")]
    call(
        [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-cache-dir",
         "--only-binary", ":all:", "--no-deps", "--require-hashes", *files],
        f"is the network there, and the disk not full (df -h /opt)? Mend it, {_AGAIN}",
    )  # fmt: skip
    place = call([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], _AGAIN).strip()
    (Path(place) / "emotion_kiosk.pth").write_text(f"{version}\n")
    # The service may write nowhere, so it could not keep what it compiles.
    call([python, "-m", "compileall", "-q", version / "device"], _AGAIN)


def _finish(layout: Layout, version: Path) -> None:
    check(layout, version)
    versions.mark_whole(version)
