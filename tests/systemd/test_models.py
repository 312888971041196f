"""Which model an installation makes the active one."""

import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from installer import models
from installer.layout import Layout
from installer.step import Step, link

from tests.conftest import ROOT
from tests.systemd.conftest import BOOKWORM


@pytest.mark.parametrize(
    ("model", "weak"),
    [
        ("Raspberry Pi 3 Model B Plus Rev 1.3", True),
        ("Raspberry Pi Zero 2 W Rev 1.0", True),
        ("Raspberry Pi 4 Model B Rev 1.5", False),
        ("Raspberry Pi 5 Model B Rev 1.0", False),
        ("Raspberry Pi Compute Module 4 Rev 1.1", False),
        ("", False),
    ],
)
def test_the_small_model_is_for_small_pis_where_it_ships(
    layout: Layout, tmp_path: Path, model: str, weak: bool
) -> None:
    here = replace(BOOKWORM, model=model)
    assert here.weak == weak
    source = tmp_path / "source"
    source.mkdir()
    assert models.steps(layout, here, source) == []  # it does not ship
    small = source / models.SMALL
    shutil.copytree(ROOT / "device/models/default", small)
    steps = models.steps(layout, here, source)
    assert len(steps) == weak
    if weak:
        (layout.state / "releases").mkdir(parents=True)
        steps[0].do()
        digest = hashlib.sha256((small / "emotion.tflite").read_bytes()).hexdigest()
        assert layout.current_release.readlink() == Path(f"releases/{digest}")
        assert sorted(path.name for path in layout.current_release.iterdir()) == ["emotion.json", "emotion.tflite"]
        assert models.steps(layout, here, source) == []


@pytest.fixture
def weak(layout: Layout, tmp_path: Path) -> Callable[[bytes], list[Step]]:
    """What a weak Pi's installation does about models where such a small one is bundled."""
    (layout.state / "releases").mkdir(parents=True)

    def plan(small: bytes) -> list[Step]:
        folder = tmp_path / hashlib.sha256(small).hexdigest() / models.SMALL
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "emotion.tflite").write_bytes(small)
        (folder / "emotion.json").write_text("{}")
        return models.steps(layout, replace(BOOKWORM, model="Raspberry Pi Zero 2 W Rev 1.0"), folder.parents[2])

    return plan


def test_a_later_versions_small_model_takes_the_place_of_the_first(layout: Layout, weak: Callable) -> None:
    for small in (b"first", b"second"):
        (step,) = weak(small)
        step.do()
        assert (layout.current_release / "emotion.tflite").read_bytes() == small
        assert weak(small) == []
    (layout.current_release / "emotion.tflite").write_bytes(b"rotten")
    (step,) = weak(b"second")
    step.do()
    assert (layout.current_release / "emotion.tflite").read_bytes() == b"second"


def test_a_model_that_somebody_chose_stays(layout: Layout, weak: Callable) -> None:
    weak(b"first")[0].do()
    (layout.state / "activation.json").write_text("{}")  # even one that led back to the first
    assert weak(b"second") == []
    (layout.state / "activation.json").unlink()  # as --keep-releases leaves it
    theirs = hashlib.sha256(b"theirs").hexdigest()
    (layout.state / "releases" / theirs).mkdir()
    (layout.state / "releases" / theirs / "emotion.tflite").write_bytes(b"theirs")
    (layout.state / "releases" / theirs / "emotion.json").write_text("{}")
    link(layout.current_release, f"releases/{theirs}")
    assert weak(b"second") == []


def test_a_model_is_on_the_disk_before_it_is_linked_to(
    layout: Layout, weak: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    done, sync = [], os.fsync

    def fsync(descriptor: int) -> None:
        done.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(models, "link", lambda *_: done.append("linked"))
    weak(b"first")[0].do()
    assert done[:4] == ["emotion.json.partial", "emotion.tflite.partial", "small.partial", "releases"]
    assert done[-1] == "linked"
