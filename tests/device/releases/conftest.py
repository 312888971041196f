"""A store of releases, and what is put into it."""

from pathlib import Path

import pytest

from device.releases.store import Store
from tests import hostile


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("EMOTION_KIOSK_STATE", str(tmp_path / "state"))
    made = Store()
    made.prepare()
    return made


@pytest.fixture
def other(tmp_path: Path) -> Path:
    return hostile.retrained(tmp_path / "other")


def put(state: Store, source: Path) -> str:
    """Into the store without a trial."""
    return state.adopt(state.copy_in(source))
