"""A release is taken in whole or not at all, and a kiosk that does not read with it goes back by itself."""

from pathlib import Path

import pytest

from device.errors import HardwareError, ModelError, UsageError
from device.releases import activate as activation
from device.releases import lock, probation, trial
from device.releases.activate import activate
from device.releases.store import BUNDLED, Store
from tests.conftest import error_lines, run_command
from tests.damaged import KINDS, damage
from tests.device.releases.conftest import put
from tests.power_cuts import Kiosk


def test_a_good_release_becomes_the_active_one_and_previous_goes_back(state: Store, release: Path, other: Path) -> None:
    first = run_command("device", "activate", release)
    assert first.returncode == 0, first.stderr
    assert "21 faces answered, as its maker got them" in first.stdout
    assert "nothing was restarted" in first.stdout
    one = state.current()
    assert run_command("device", "activate", other).returncode == 0
    assert state.current() != one
    assert state.load(state.current()).content == (other / "emotion.tflite").read_bytes()
    assert "active already" in run_command("device", "activate", other).stdout
    assert run_command("device", "activate", "previous").returncode == 0
    assert state.current() == one
    assert run_command("device", "activate", "previous").returncode == 0
    assert state.current() != one


def test_before_any_release_there_is_no_previous_and_after_the_first_it_is_the_bundled_one(
    state: Store, release: Path
) -> None:
    result = run_command("device", "activate", "previous")
    assert (result.returncode, len(error_lines(result))) == (2, 1)
    assert run_command("device", "activate", release).returncode == 0
    assert run_command("device", "activate", "previous").returncode == 0
    assert state.current() == BUNDLED
    assert not state.link.exists()


@pytest.mark.parametrize("kind", [*KINDS, "no JSON", "a link"])
@pytest.mark.once
def test_what_is_no_whole_release_changes_nothing(state: Store, release: Path, other: Path, kind: str) -> None:
    state.switch(put(state, other))
    before, held = state.current(), sorted(state.folder.rglob("*"))
    if kind == "no JSON":
        (release / "emotion.json").unlink()
    elif kind == "a link":
        (release / "emotion.json").unlink()
        (release / "emotion.json").symlink_to("/etc/passwd")
    else:
        damage(release, kind)
    with pytest.raises(ModelError):
        activate(str(release), 1)
    assert state.current() == before
    assert {path.name for path in set(state.folder.rglob("*")) - set(held)} <= {".activation.lock"}


@pytest.mark.once
def test_two_activations_at_once(state: Store, release: Path) -> None:
    with lock.activation(state.folder), pytest.raises(HardwareError, match="another release is being activated"):
        activate(str(release), 1)
    activate(str(release), 1)


@pytest.mark.parametrize("moment", ["switch", "restart"])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), HardwareError("systemctl restart: no answer")])
@pytest.mark.once
def test_whatever_ends_an_activation_between_switch_and_watch_the_candidate_does_not_stay(
    state: Store, release: Path, other: Path, monkeypatch: pytest.MonkeyPatch,
    moment: str, error: BaseException,
) -> None:  # fmt: skip
    before = put(state, other)
    state.switch(before)
    restarted_with = []

    class Broken(Kiosk):
        def restart(self) -> None:
            restarted_with.append(state.current())
            if moment == "restart" and len(restarted_with) == 1:
                raise error

    def begin(*words: object) -> None:
        begun(*words)  # type: ignore[arg-type]
        if moment == "switch":
            raise error

    begun = probation.begin
    monkeypatch.setattr(activation, "unit", Broken(None))
    monkeypatch.setattr(trial, "run", lambda *_: "left out")
    monkeypatch.setattr(probation, "begin", begin)
    with pytest.raises(type(error)):
        activate(str(release), 1)
    assert state.current() == restarted_with[-1] == before
    last = probation.read(state)
    assert last is not None
    assert last.state == probation.ROLLED_BACK
    assert last.reason in ("activate was stopped", "systemctl restart: no answer")


@pytest.mark.once
@pytest.mark.parametrize(("content", "reason"), [("", "so releases are not used"), ("widht = 3", "mean 'width'")])
def test_settings_with_which_a_release_would_not_run_change_nothing(
    state: Store, release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, reason: str
) -> None:
    kiosk = Kiosk(None)
    kiosk.SETTINGS = tmp_path / "config.toml"
    kiosk.SETTINGS.write_text(content)
    monkeypatch.setattr(activation, "unit", kiosk)
    with pytest.raises(UsageError, match=reason):
        activate(str(release), 1)
    assert list(state.releases.iterdir()) == []
