"""From a trained model to a gated release."""

import importlib.metadata
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from convert import card as card_writer
from convert import gate, quantize, release
from convert.gate import Limits, Verdict
from device import model_file
from device.card import Card
from device.classifier import Classifier
from device.errors import DataError, RefusedError
from device.model_file import ModelFile
from train import data, metrics, run_folder
from train.data import Data, Split
from train.evaluate import score
from train.run_folder import TrainedModel

# Side of the square that is cut out, as a multiple of the Haar box's. FER-2013's faces were cut out by such a box.
CROP_SCALE = 1.0


def build(model_path: Path, loaded: Data, model: TrainedModel, out: Path, limits: Limits) -> None:
    """Quantize, calibrate the temperature on validation, gate, and write the release.

    The gate scores the int8 file through the device's own classifier, on the test split if there is one, else on
    validation.

    Raises:
        DataError: no training image to calibrate on, or nothing to gate on.
        RefusedError: a limit is broken; no release is written.
    """
    release.check_target(out)
    name, gated = loaded.split("test" if len(loaded.test) else "validation")
    labels = data.relabel(gated.labels, loaded.names, model.labels)
    content = quantize.quantize(model, quantize.calibration_images(loaded.train.images))
    untempered = Card(
        labels=model.labels, height=model.size, width=model.size, crop_scale=CROP_SCALE, training=model.training
    )
    temperature = _temperature(content, untempered, loaded, model.labels)
    finished = Card(**(untempered.as_dict() | {"temperature": temperature}))
    sealed = card_writer.embed(content, finished)
    model_file.check(sealed)  # as the device will, before anything is released

    float_probabilities = metrics.softmax(
        run_folder.predict(model.keras, gated.images).astype(np.float64) / temperature
    )
    int8_probabilities = _probabilities(Classifier(ModelFile(model_path, sealed, finished)), gated, "gate: int8")
    verdict = gate.judge(
        labels, float_probabilities.argmax(axis=1), int8_probabilities.argmax(axis=1), model.labels, limits
    )
    reports = {
        "float": score(gated, loaded.names, model.labels, float_probabilities),
        "int8": score(gated, loaded.names, model.labels, int8_probabilities),
    }
    print(_table(name, reports, verdict, len(sealed)))
    if not verdict.passed:
        kept = f"; the release that stood in {out} is as it was" if out.exists() else ""
        raise RefusedError(f"no release: {'; '.join(verdict.broken)}{kept}")
    release.write(out, sealed, _facts(finished, name, reports, verdict, limits))
    print(f"wrote {out}/{model_file.MODEL_NAME} and {model_file.JSON_NAME}")


def _temperature(content: bytes, plain: Card, loaded: Data, labels: tuple[str, ...]) -> float:
    if not len(loaded.validation):
        raise DataError("no validation image to calibrate the confidence on: the data must hold the Training split")
    sealed = card_writer.embed(content, plain)
    classifier = Classifier(ModelFile(Path("unfinished"), sealed, plain))
    images = tqdm(loaded.validation.images, desc="temperature", unit=" images")
    logits = np.stack([classifier.logits(image) for image in images]).astype(np.float64)
    wanted = data.relabel(loaded.validation.labels, loaded.names, labels)
    return round(metrics.fit_temperature(wanted, logits), 4)


def _probabilities(classifier: Classifier, split: Split, what: str) -> np.ndarray:
    return np.stack([classifier.scores(image) for image in tqdm(split.images, desc=what, unit=" images")])


def _facts(card: Card, split: str, reports: dict[str, Any], verdict: Verdict, limits: Limits) -> dict[str, Any]:
    return {
        **card.as_dict(),
        "metrics": {"split": split, **reports},
        "int8_against_float": verdict.as_dict(),
        "limits": asdict(limits),
        "versions": run_folder.versions() | {"tensorflow": importlib.metadata.version("tensorflow")},
    }


def _table(split: str, reports: dict[str, Any], verdict: Verdict, size: int) -> str:
    kinds = ("float", "int8")
    rows = [["", *kinds]]
    rows.append([f"accuracy on {split}", *(f"{100 * reports[kind]['accuracy']:.2f} %" for kind in kinds)])
    if "consensus" in reports["int8"]:
        shares = (f"{100 * reports[kind]['consensus']['accuracy']:.2f} %" for kind in kinds)
        rows.append(["FER+ consensus", *shares])
    for label in reports["int8"]["labels"]:
        recalls = [reports[kind]["recall"][label] for kind in kinds]
        rows.append([f"recall of {label}", *("-" if r is None else f"{100 * r:.1f} %" for r in recalls)])
    lines = [f"{name:<22}{one:>10}{other:>10}" for name, one, other in rows]
    low, high = verdict.drop_interval
    lines.append(
        f"drop {verdict.drop:.2f} points (95 % interval {low:.2f} to {high:.2f}), agreement "
        f"{100 * verdict.agreement:.2f} %, {verdict.n:,} images, {size / 1000:,.0f} kB"
    )
    return "\n".join(lines)
