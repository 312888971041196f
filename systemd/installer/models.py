"""Which of the bundled models this kind of Pi starts with."""

import hashlib
import shutil
from pathlib import Path

from installer.layout import Layout
from installer.machine import Machine
from installer.step import Step, link, sync_folder, write

SMALL = Path("device/models/small")
_MODEL, _CARD = "emotion.tflite", "emotion.json"


def steps(layout: Layout, machine: Machine, source: Path) -> list[Step]:
    """Make the small model the active release where the Pi is weak, it is bundled, and nobody has chosen another.

    It becomes a release like any that is deployed later, so that nothing of it stands in the settings. That of a later
    version takes its place.
    """
    file = source / SMALL / _MODEL
    if not machine.weak or not file.is_file():
        return []
    name = _digest(file)
    active = _active(layout)
    if active == name or (active is not None and active != _adopted(layout)) or layout.activation.exists():
        return []
    return [Step("choose the small model, for this kind of Pi", lambda: _adopt(layout, source / SMALL, name))]


def _adopt(layout: Layout, folder: Path, name: str) -> None:
    release = layout.state / "releases" / name
    partial = release.with_name("small.partial")
    shutil.rmtree(partial, ignore_errors=True)
    for file in sorted(folder.iterdir()):
        write(partial / file.name, file.read_bytes())
    sync_folder(partial)
    if release.exists():
        shutil.rmtree(release)
    partial.rename(release)
    sync_folder(release.parent)
    # Before the link: a choice of ours that nobody knows of would stay for ever.
    write(layout.adopted_release, f"{name}\n".encode())
    link(layout.current_release, f"releases/{name}")


def _active(layout: Layout) -> str | None:
    """The release that is linked to; None where there is none, or it is broken and does not serve anyway."""
    try:
        name = layout.current_release.readlink().name
        whole = _digest(layout.current_release / _MODEL) == name and (layout.current_release / _CARD).is_file()
        return name if whole else None
    except OSError:
        return None


def _adopted(layout: Layout) -> str | None:
    try:
        return layout.adopted_release.read_text().strip()
    except OSError:
        return None


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
