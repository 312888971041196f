"""Both interpreters answer alike: one int8 step apart at most."""

import json
import os
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest

from device import model_file
from device.classifier import Classifier
from device.contract import Box
from device.preprocess import prepare
from tests.conftest import ROOT
from tests.drawn import EXPRESSIONS, PEOPLE, portrait

OTHER = ROOT / ".venv-tflite-runtime" / "bin" / "python"

PROGRAM = """
import json, sys
import numpy as np
from device import model_file
from device.classifier import Classifier
classifier = Classifier(model_file.load(model_file.find("default")), "tflite-runtime")
crops = np.load(sys.argv[1])
print(json.dumps([classifier.logits(crop).tolist() for crop in crops]))
"""


def test_tflite_runtime_answers_as_ai_edge_litert_does(tmp_path: Path) -> None:
    if not OTHER.exists() and os.environ.get("CI") != "true":
        pytest.skip("no environment with tflite-runtime (script/test makes it where Python 3.11 is found)")
    here = Classifier(model_file.load(model_file.find("default")), "ai-edge-litert")
    crops = [
        prepare(cv2.cvtColor(portrait(expression, person), cv2.COLOR_BGR2GRAY), Box(40, 36, 165, 165), here.card)
        for person in PEOPLE
        for expression in EXPRESSIONS.values()
    ]
    crops += list(np.random.default_rng(1).integers(0, 256, (20, 48, 48), dtype=np.uint8))
    np.save(tmp_path / "crops.npy", np.stack(crops))
    result = subprocess.run(
        [OTHER, "-c", PROGRAM, tmp_path / "crops.npy"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 0, result.stderr
    step = here._output["quantization"][0]
    difference = np.abs(np.array(json.loads(result.stdout)) - np.stack([here.logits(crop) for crop in crops]))
    assert difference.max() <= step * 1.001
