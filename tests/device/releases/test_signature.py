"""Signed releases."""

import json
import subprocess
from pathlib import Path

import pytest

from device.errors import RefusedError
from device.releases import signature
from device.releases.activate import activate
from device.releases.store import BUNDLED, Store
from tests import needs

pytestmark = pytest.mark.once


def test_only_signed_releases_where_signers_are_listed(
    state: Store, release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def key(name: str) -> Path:
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(tmp_path / name)]
        subprocess.run(command, check=True)
        return tmp_path / name

    needs.program("ssh-keygen", apt="openssh-client")
    ours, theirs = key("ours"), key("theirs")
    allowed = tmp_path / "allowed_signers"
    allowed.write_text(f'maker@home namespaces="{signature.NAMESPACE}" {ours.with_suffix(".pub").read_text()}')
    monkeypatch.setattr(signature, "ALLOWED_SIGNERS", allowed)
    with pytest.raises(RefusedError, match="is not signed"):
        activate(str(release), 1)
    signature.sign(release, theirs)
    with pytest.raises(RefusedError, match="signed by nobody"):
        activate(str(release), 1)
    assert state.current() == BUNDLED
    signature.sign(release, ours)
    activate(str(release), 1)
    name = state.current()
    assert name != BUNDLED
    activate("previous", 1)  # the bundled one came with the program
    (state.path(name) / "emotion.json").write_text(
        json.dumps(json.loads((release / "emotion.json").read_text()) | {"use": "anything"})
    )
    with pytest.raises(RefusedError, match="changed after maker@home signed it"):
        activate("previous", 1)
