"""Which of the bundled models this kind of Pi starts with."""

import hashlib
import shutil
from pathlib import Path

from installer.layout import Layout
from installer.machine import Machine
from installer.step import Step, link

SMALL = Path("device/models/small")


def steps(layout: Layout, machine: Machine, source: Path) -> list[Step]:
    """Make the small model the active release where the Pi is weak, it is bundled, and no release was ever chosen.

    It becomes a release like any that is deployed later, so that nothing of it stands in the settings.
    """
    file = source / SMALL / "emotion.tflite"
    if not machine.weak or not file.is_file() or layout.current_release.is_symlink():
        return []
    name = hashlib.sha256(file.read_bytes()).hexdigest()
    return [Step("choose the small model, for this kind of Pi", lambda: _adopt(layout, source / SMALL, name))]


def _adopt(layout: Layout, folder: Path, name: str) -> None:
    release = layout.state / "releases" / name
    partial = release.with_name("small.partial")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(folder, partial)
    if release.exists():
        shutil.rmtree(release)
    partial.rename(release)
    link(layout.current_release, f"releases/{name}")
