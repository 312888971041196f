"""Which interpreter is taken, and what is said where there is none."""

from pathlib import Path

import pytest

from device.errors import UsageError
from device.net import interpreter
from device.net.model_file import ModelFile


def test_no_interpreter_names_the_cure(monkeypatch: pytest.MonkeyPatch, bundled: ModelFile, runtime: str) -> None:
    name, _ = interpreter.create(bundled.content)
    assert name == runtime
    monkeypatch.setattr(interpreter, "RUNTIMES", {"ai-edge-litert": "no_such_module", "tflite-runtime": "nor_this"})
    with pytest.raises(UsageError, match="Cure: pip install ai-edge-litert"):
        interpreter.create(bundled.content)
    with pytest.raises(UsageError, match="'onnx' is none of auto"):
        interpreter.create(bundled.content, "onnx")


def test_a_runtime_that_imports_but_does_not_work_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, bundled: ModelFile, runtime: str, tmp_path: Path
) -> None:
    """As tflite-runtime under NumPy 2."""
    (tmp_path / "broken_runtime.py").write_text("def Interpreter(**_):\n    raise SystemError('NumPy 1 API')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    works = interpreter.RUNTIMES[runtime]
    monkeypatch.setattr(interpreter, "RUNTIMES", {"broken": "broken_runtime", runtime: works})
    assert interpreter.create(bundled.content)[0] == runtime
    monkeypatch.setattr(interpreter, "RUNTIMES", {"broken": "broken_runtime"})
    with pytest.raises(UsageError, match="numpy<2"):
        interpreter.create(bundled.content)
