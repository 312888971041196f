"""Machines to install on, and what lies there."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from installer import versions
from installer.layout import Layout
from installer.machine import Machine

BOOKWORM = Machine("bookworm", "arm64", (3, 11), 252, False, "Raspberry Pi 4 Model B Rev 1.5")
TRIXIE = replace(BOOKWORM, release="trixie", python=(3, 13), systemd=257)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "root")


@pytest.fixture
def version(layout: Layout) -> Callable[..., Path]:
    """Lay out a version that is whole."""

    def build(name: str, **units_files: str) -> Path:
        folder = layout.versions / name
        (folder / "systemd").mkdir(parents=True)
        for file, text in units_files.items():
            (folder / "systemd" / file).write_text(text)
        versions.mark_whole(folder)
        return folder

    return build
