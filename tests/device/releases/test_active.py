"""Which release `active` is."""

import hashlib
from pathlib import Path

from device.releases.store import Store
from tests import hostile
from tests.conftest import ROOT, run_command
from tests.device.releases.conftest import put

DEFAULT = hashlib.sha256((hostile.BUNDLED / "emotion.tflite").read_bytes()).hexdigest()


RECORDING = ROOT / "tests" / "media" / "drawn_faces.mp4"


def test_active_is_the_release_of_the_link_else_the_bundled_one(state: Store, other: Path) -> None:
    words = ("device", "run", "--check", "--camera", RECORDING, "--model", "active")
    assert f"active, {DEFAULT[:12]}" in run_command(*words).stdout
    release = put(state, other)
    state.switch(release)
    assert f"active, {release[:12]}" in run_command(*words).stdout
    (state.path(release) / "emotion.tflite").write_bytes(b"rotten")
    result = run_command(*words)
    assert f"active, {DEFAULT[:12]}" in result.stdout
    assert [line for line in result.stderr.splitlines() if "the bundled model serves instead" in line]
    assert len(result.stderr.splitlines()) == 1
