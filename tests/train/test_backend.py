"""A backend that is not there, or is none, is one line with the next step, and said before any work."""

from pathlib import Path

import pytest

from device.errors import UsageError
from tests.conftest import error_lines, run_command
from train import backend


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What is installed, by name."""
    names = {"keras", "tensorflow"}
    monkeypatch.setattr(backend.util, "find_spec", lambda name: name if name in names else None)
    return names


@pytest.mark.parametrize(
    ("named", "said"),
    [
        (
            "torch",
            "KERAS_BACKEND=torch, but torch is not installed: pip install torch, or take KERAS_BACKEND=tensorflow",
        ),
        ("Torch", r"KERAS_BACKEND=Torch: training runs on tensorflow, torch, jax \(did you mean torch\?\), or take "),
        ("numpy", "KERAS_BACKEND=numpy: training runs on tensorflow, torch, jax, or take KERAS_BACKEND=tensorflow"),
    ],
)
def test_a_backend_that_is_not_there(
    named: str, said: str, installed: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_BACKEND", named)
    with pytest.raises(UsageError, match=said) as refused:
        backend.load_keras()
    assert "\n" not in str(refused.value)


def test_without_keras_the_line_says_how_to_get_it(installed: set[str]) -> None:
    installed.clear()
    with pytest.raises(UsageError, match=r"Keras is not installed: pip install '\.\[train\]'"):
        backend.check()


def test_keras_own_file_names_a_backend_too(
    tmp_path: Path, installed: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    backend.check()
    (tmp_path / "keras.json").write_text('{"backend": "jax"}')
    with pytest.raises(UsageError, match="jax is not installed"):
        backend.check()


def test_it_is_said_before_the_data_is_read(tmp_path: Path) -> None:
    result = run_command(
        "train", "fit", "--data", tmp_path / "nowhere.csv", "--out", tmp_path / "run", KERAS_BACKEND="numpy"
    )
    assert (result.returncode, error_lines(result)) == (2, result.stderr.splitlines())
    assert len(error_lines(result)) == 1
    assert "KERAS_BACKEND=numpy" in result.stderr
