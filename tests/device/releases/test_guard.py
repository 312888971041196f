"""What stands between a start and a release that is on probation."""

from pathlib import Path

import pytest

from device.releases import guard, lock, probation
from device.releases.store import BUNDLED, Store
from tests.conftest import run_command
from tests.device.releases.conftest import put

pytestmark = pytest.mark.once


def test_the_guard_lets_a_watched_release_start_once(state: Store, release: Path, other: Path) -> None:
    first, second = put(state, release), put(state, other)
    state.switch(first)
    with lock.activation(state.folder):
        probation.begin(state, second, 60)
        guard.main()
        assert state.current() == second
        guard.main()
    assert state.current() == first
    last = probation.read(state)
    assert last is not None
    assert (last.state, last.reason) == (probation.ROLLED_BACK, "the kiosk ended within the probation")
    assert probation.end(state) == last  # too late to be found good


def test_the_guard_goes_back_at_once_where_nobody_watches(state: Store, other: Path) -> None:
    """As after a power cut in mid-probation."""
    with lock.activation(state.folder):
        probation.begin(state, put(state, other), 60)
        guard.main()
    result = run_command("device.releases.guard")
    assert result.returncode == 0
    assert "back to release bundled: the probation was cut short" in result.stderr
    assert state.current() == BUNDLED
    assert run_command("device.releases.guard").stderr == ""


def test_the_guard_leaves_a_good_release_and_a_bare_machine_alone(state: Store, other: Path, tmp_path: Path) -> None:
    second = put(state, other)
    with lock.activation(state.folder):
        probation.begin(state, second, 60)
        probation.end(state)
    assert guard.main() == 0
    assert state.current() == second
    assert run_command("device.releases.guard", EMOTION_KIOSK_STATE=str(tmp_path / "none")).returncode == 0
    assert not (tmp_path / "none").exists()


def test_the_way_back_is_the_bundled_model_where_the_last_good_release_has_rotted(
    state: Store, release: Path, other: Path
) -> None:
    first, second = put(state, release), put(state, other)
    state.switch(first)
    probation.begin(state, second, 60)
    (state.path(first) / "emotion.tflite").write_bytes(b"rotten")
    guard.main()
    assert state.current() == BUNDLED
    last = probation.read(state)
    assert last is not None
    assert "is damaged, the bundled one serves" in last.reason
