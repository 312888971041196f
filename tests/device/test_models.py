"""A model file is used whole and as its card says, or refused with one line; never a crash."""

import json
from pathlib import Path

import numpy as np
import pytest

from device.errors import ModelError, UsageError
from device.net import card, interpreter, model_file, tflite_metadata
from device.net.classifier import Classifier
from device.net.model_file import ModelFile
from tests.conftest import error_lines, run_command
from tests.drawn import EXPRESSIONS, portrait

PICTURE = portrait(EXPRESSIONS["happy"])


def damage(release: Path, kind: str) -> Path:
    """The release after an accident of the kind."""
    model, facts = release / "emotion.tflite", release / "emotion.json"
    content = model.read_bytes()
    if kind == "truncated":
        model.write_bytes(content[: len(content) // 3])
    elif kind == "last byte missing":
        model.write_bytes(content[:-1])
    elif kind == "one bit flipped":
        middle = len(content) // 2
        model.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    elif kind == "not a model":
        model.write_bytes(b"hello, this is no model at all")
    elif kind == "empty":
        model.write_bytes(b"")
    elif kind == "no card":
        model.write_bytes(content.replace(model_file.CARD_ENTRY.encode(), b"another_card"))
    elif kind == "other labels in its JSON":
        described = json.loads(facts.read_text())
        facts.write_text(json.dumps(described | {"labels": described["labels"][::-1]}))
    elif kind == "JSON of another model":
        facts.write_text(json.dumps(json.loads(facts.read_text()) | {"sha256": "0" * 64}))
    elif kind == "JSON cut off":
        facts.write_text(facts.read_text()[:100])
    return release


KINDS = [
    "truncated", "last byte missing", "one bit flipped", "not a model", "empty", "no card",
    "other labels in its JSON", "JSON of another model", "JSON cut off",
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_release_is_refused_in_one_line(release: Path, kind: str) -> None:
    with pytest.raises(ModelError) as error:
        model_file.load(model_file.find(str(damage(release, kind))))
    assert "\n" not in str(error.value)
    assert str(release) in str(error.value)


@pytest.mark.parametrize("kind", ["truncated", "no card"])
def test_the_command_ends_with_2_and_one_line(release: Path, tmp_path: Path, kind: str) -> None:
    import cv2

    cv2.imwrite(str(tmp_path / "face.png"), PICTURE)
    result = run_command("device", "run", "--camera", tmp_path / "face.png", "--model", damage(release, kind))
    assert (result.returncode, len(error_lines(result)), result.stdout) == (2, 1, "")


def test_any_cut_of_the_file_is_noticed_before_the_interpreter_sees_it(bundled: ModelFile, tmp_path: Path) -> None:
    path = tmp_path / "cut.tflite"
    for length in np.linspace(0, len(bundled.content) - 1, 60).astype(int):
        path.write_bytes(bundled.content[:length])
        with pytest.raises(ModelError):
            model_file.load(path)


def test_a_lone_file_is_enough_and_an_unknown_name_lists_what_there_is(bundled: ModelFile, tmp_path: Path) -> None:
    (tmp_path / "lone.tflite").write_bytes(bundled.content)
    assert model_file.load(model_file.find(str(tmp_path / "lone.tflite"))).card == bundled.card
    with pytest.raises(ModelError, match="bundled model: default"):
        model_file.find("nothing")


def test_metadata_of_what_is_no_flatbuffer() -> None:
    for content in (b"", b"\0" * 8, b"\xff\xff\xff\xffTFL3" + b"\xff" * 40, b"\x10\0\0\0TFL3"):
        with pytest.raises(ModelError):
            tflite_metadata.metadata(content)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"labels": ["a"]}, "labels"),
        ({"labels": ["a", "a"]}, "twice"),
        ({"temperature": 0}, "temperature 0"),
        ({"temperature": "warm"}, "no number 'temperature'"),
        ({"height": None}, "height"),
        ({"crop_scale": float("nan")}, "crop_scale"),
        ({"colour": "rgb"}, "rgb"),
        ({"schema": 2}, "schema 2"),
        ({"light": "dim"}, "light 'dim'"),
    ],
)
def test_a_card_is_checked_field_by_field(bundled: ModelFile, change: dict[str, object], reason: str) -> None:
    assert card.parse(bundled.card.as_dict()) == bundled.card
    with pytest.raises(ModelError, match=reason):
        card.parse(bundled.card.as_dict() | change)


def test_a_card_of_other_sizes_than_the_net_is_refused(bundled: ModelFile, runtime: str) -> None:
    for change in ({"height": 64}, {"labels": ("a", "b")}):
        wrong = card.parse(bundled.card.as_dict() | change)
        with pytest.raises(ModelError, match="its card says"):
            Classifier(ModelFile(bundled.path, bundled.content, wrong), runtime)


def test_scores_are_calibrated_probabilities(classifier: Classifier) -> None:
    crop = PICTURE[60:180, 60:180, 0][:48, :48]
    scores = classifier.scores(crop)
    assert scores.sum() == pytest.approx(1)
    assert scores.shape == (len(classifier.labels),)
    logits = classifier.logits(crop).astype(float) / classifier.card.temperature
    np.testing.assert_allclose(scores, np.exp(logits) / np.exp(logits).sum(), rtol=1e-6)


def test_a_pixel_is_quantized_as_the_file_says(classifier: Classifier) -> None:
    scale, zero_point = classifier._input["quantization"]
    for pixel in (0, 1, 127, 254, 255):
        assert classifier._quantized[pixel] == np.clip(round(pixel / scale) + zero_point, -128, 127)


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
