"""How the device starts its own modules: from any folder, and never with what happens to lie there."""

import subprocess
from pathlib import Path

import pytest

from device.process import child

pytestmark = pytest.mark.once

STRANGER = "raise SystemExit('a stranger was imported')\n"


@pytest.mark.parametrize("callers_path", [True, False])
def test_nothing_is_imported_from_the_working_folder(tmp_path: Path, callers_path: bool) -> None:
    (tmp_path / "json.py").write_text(STRANGER)
    (tmp_path / "device").mkdir()
    (tmp_path / "device/__init__.py").write_text(STRANGER)
    command, environment = child.command("device", "--help"), child.environment(callers_path)
    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_callers_path_comes_after_the_package_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    assert child.environment()["PYTHONPATH"] == f"{child.ROOT}:/somewhere"
    assert child.environment(callers_path=False)["PYTHONPATH"] == str(child.ROOT)
    monkeypatch.delenv("PYTHONPATH")
    assert child.environment()["PYTHONPATH"] == str(child.ROOT)
