"""The two interpreters: the same kernels answer alike; XNNPACK, which only one of them has, nearly so."""

import functools
import importlib
import json
import subprocess

import cv2
import numpy as np
import pytest

from device.contract import Box
from device.net import interpreter, model_file
from device.net.classifier import Classifier
from device.net.crop import prepare
from tests import needs
from tests.conftest import ROOT
from tests.drawn import EXPRESSIONS, PEOPLE, portrait
from train.learn.augment import augment
from train.learn.settings import Augmentation

OTHER = ROOT / ".venv-tflite-runtime" / "bin" / "python"

PROGRAM = """
import json, sys
import numpy as np
from device.net import model_file
from device.net.classifier import Classifier
classifier = Classifier(model_file.load(model_file.find("default")), "tflite-runtime")
crops = np.load(sys.argv[1])
print(json.dumps([classifier.logits(crop).tolist() for crop in crops]))
"""


@pytest.fixture(scope="module")
def here() -> Classifier:
    return Classifier(model_file.load(model_file.find("default")), "ai-edge-litert")


@pytest.fixture(scope="module")
def crops(here: Classifier) -> np.ndarray:
    """uint8 [210, 48, 48]: drawn faces, each ten times a little different."""
    faces = [
        prepare(cv2.cvtColor(portrait(expression, person), cv2.COLOR_BGR2GRAY), Box(40, 36, 165, 165), here.card)
        for person in PEOPLE
        for expression in EXPRESSIONS.values()
    ]
    return augment(np.repeat(np.stack(faces), 10, axis=0), Augmentation().scaled(0.7), np.random.default_rng(1))


@pytest.fixture(scope="module")
def of_tflite_runtime(crops: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> np.ndarray:
    """Logits float64 [210, labels] from the other environment."""
    if not OTHER.exists():
        needs.lack(f"{OTHER.relative_to(ROOT)} (script/test makes it)", apt="python3.11-venv")
    path = tmp_path_factory.mktemp("crops") / "crops.npy"
    np.save(path, crops)
    result = subprocess.run([OTHER, "-c", PROGRAM, path], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    return np.array(json.loads(result.stdout))


def steps_apart(classifier: Classifier, crops: np.ndarray, others: np.ndarray) -> np.ndarray:
    """How many int8 steps each logit differs by."""
    step = classifier._output["quantization"][0]
    return np.abs(np.stack([classifier.logits(crop) for crop in crops]) - others) / step


def test_the_same_kernels_are_within_one_step(
    crops: np.ndarray, of_tflite_runtime: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = importlib.import_module(interpreter.RUNTIMES["ai-edge-litert"])
    resolver = module.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    monkeypatch.setattr(
        module, "Interpreter", functools.partial(module.Interpreter, experimental_op_resolver_type=resolver)
    )
    without_xnnpack = Classifier(model_file.load(model_file.find("default")), "ai-edge-litert")
    assert steps_apart(without_xnnpack, crops, of_tflite_runtime).max() <= 1.001


def test_xnnpack_rounds_otherwise_but_reads_the_same(
    here: Classifier, crops: np.ndarray, of_tflite_runtime: np.ndarray
) -> None:
    """A residual sum takes in an operand whose step is up to three times its own: a step there is three behind it."""
    apart = steps_apart(here, crops, of_tflite_runtime)
    assert (apart <= 1.001).mean() > 0.9
    assert apart.max() < 4.5
    ranked = np.sort(of_tflite_runtime, axis=1)
    clear = ranked[:, -1] - ranked[:, -2] > 5 * here._output["quantization"][0]
    answers = np.array([here.logits(crop).argmax() for crop in crops])
    assert (answers == of_tflite_runtime.argmax(axis=1))[clear].all()
    assert clear.mean() > 0.7
