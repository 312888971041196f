"""Versions of the program side by side: named, copied, switched, gone back to and pruned."""

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from installer import plans, units, versions
from installer.layout import Layout
from installer.step import InstallError

from tests.conftest import ROOT
from tests.systemd.conftest import BOOKWORM, TRIXIE


def test_a_version_is_named_after_every_byte(tmp_path: Path) -> None:
    source = tmp_path / "source"
    for file in versions.shipped(ROOT):
        (source / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / file, source / file)
    name = versions.identify(source, BOOKWORM)
    assert name == versions.identify(ROOT, BOOKWORM)
    assert name != versions.identify(ROOT, TRIXIE)
    (source / "device/__pycache__").mkdir()
    (source / "device/__pycache__/x.pyc").write_bytes(b"x")
    assert versions.identify(source, BOOKWORM) == name
    (source / "device/extra.py").write_text("")
    assert versions.identify(source, BOOKWORM) != name
    shutil.rmtree(source / "tests")
    with pytest.raises(InstallError, match="not whole"):
        versions.identify(source, BOOKWORM)


def test_a_copy_is_readable_for_the_service_whatever_the_checkouts_modes(tmp_path: Path) -> None:
    source = tmp_path / "source"
    for file in versions.shipped(ROOT):
        (source / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / file, source / file)
        (source / file).chmod(0o600)
    versions.copy(source, tmp_path / "version")
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "version").rglob("*") if path.is_file()}
    assert modes == {0o644, 0o755}
    assert (tmp_path / "version/systemd/install").stat().st_mode & 0o777 == 0o755


def test_the_manuals_come_along_and_their_links_lead_somewhere(tmp_path: Path) -> None:
    versions.copy(ROOT, tmp_path / "version")
    pages = [tmp_path / "version/README.md", *(tmp_path / "version/docs").glob("*.md")]
    assert len(pages) > 5
    for page in pages:
        for link in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
            assert link.startswith("https://") or (page.parent / link).is_file(), f"{page.name} links to {link}"


def test_versions_are_switched_gone_back_to_and_pruned(layout: Layout, version: Callable) -> None:
    version("a")
    versions.switch(layout, "a")
    assert (versions.name_of(layout.current), versions.former(layout)) == ("a", None)
    with pytest.raises(InstallError, match="no former version"):
        plans.roll_back(layout, BOOKWORM)
    version("b")
    versions.switch(layout, "b")
    version("c")
    versions.switch(layout, "c")
    (layout.versions / "half").mkdir()
    versions.prune(layout)
    assert sorted(path.name for path in layout.versions.iterdir()) == ["b", "c"]
    assert (versions.name_of(layout.current), versions.former(layout)) == ("c", "b")
    versions.switch(layout, "b")
    assert (versions.name_of(layout.current), versions.former(layout)) == ("b", "c")
    versions.switch_back(layout, "c", "b")
    assert (versions.name_of(layout.current), versions.former(layout)) == ("c", "b")


def test_a_power_cut_between_the_two_links_costs_nothing(layout: Layout, version: Callable) -> None:
    version("a")
    version("b")
    versions.switch(layout, "a")
    layout.previous.symlink_to("versions/a")  # written, and then the power was gone
    assert versions.name_of(layout.current) == "a"
    assert versions.former(layout) == "b"


def test_a_version_that_is_half_deleted_is_not_whole(
    layout: Layout, version: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b", "c"):
        version(name)
        versions.switch(layout, name)

    def cut(path: Path, ignore_errors: bool) -> None:
        (path / "systemd").rmdir()
        raise KeyboardInterrupt

    monkeypatch.setattr(versions.shutil, "rmtree", cut)
    with pytest.raises(KeyboardInterrupt):
        versions.prune(layout)
    assert (layout.versions / "a").is_dir()
    assert not versions.is_whole(layout.versions / "a")


def test_an_installation_that_is_interrupted_while_it_starts_still_falls_back(
    layout: Layout, version: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What ran before comes back in the next run, and what ran before that stays the one before."""
    here = replace(BOOKWORM, booted=True)
    failed = {"ActiveState": "failed", "StatusText": "", "Result": "exit-code", "ExecMainStatus": "1"}
    for name in ("older", "old", "new"):
        folder = version(name, **{"emotion-kiosk.service": ""})
        if name != "new":
            versions.switch(layout, name)
            versions.mark_started(folder, True)

    def interrupted() -> dict[str, str]:
        raise KeyboardInterrupt

    monkeypatch.setattr(units, "call", lambda *_, **__: "")
    monkeypatch.setattr(units, "state", lambda: failed | {"ActiveState": "active"})
    monkeypatch.setattr(units, "restart", interrupted)
    with pytest.raises(KeyboardInterrupt):
        plans.switch(layout, here, layout.versions / "new")
    assert versions.name_of(layout.current) == "new"
    monkeypatch.setattr(units, "state", lambda: failed)
    monkeypatch.setattr(units, "restart", lambda: failed)
    with pytest.raises(InstallError, match=r"new did not start .*: old runs again"):
        plans.switch(layout, here, layout.versions / "new")
    assert (versions.name_of(layout.current), versions.name_of(layout.previous)) == ("old", "older")
    assert not (layout.versions / "new").exists()


def test_a_version_that_is_not_whole_is_none(layout: Layout, version: Callable) -> None:
    version("a")
    versions.switch(layout, "a")
    (layout.versions / "half").mkdir()
    layout.previous.symlink_to("versions/half")
    assert versions.former(layout) is None
