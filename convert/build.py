"""From a trained model to a gated release."""

import importlib.metadata
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from convert import balance, gate, quantize, release
from convert import card as card_writer
from convert.gate import Limits, Verdict
from device.errors import DataError, ModelError, RefusedError
from device.net import model_file, probe_faces
from device.net.card import Card
from device.net.classifier import Classifier
from device.net.model_file import ModelFile
from train import backend, report
from train.data import ferplus, splits
from train.data.cut import CROP_SCALE
from train.data.splits import Data
from train.net import trained
from train.net.trained import TrainedModel
from train.score import metrics, robustness
from train.score.evaluate import classifier_scores, score

# The device says "unsure" to the least confident tenth of what it was calibrated on.
SURE_SHARE = 0.9
LEAST_CALIBRATED = 5  # images; on fewer the confidence would be chance
USE = (
    "Reads facial expressions of people who know of it and agree, in grey frontal pictures, for research, art and "
    "teaching. Not for work, schools, health or any decision about a person: the EU's AI Act forbids emotion "
    "recognition at work and in schools (Art. 5(1)(f)) and wants people told elsewhere (Art. 50(3))."
)
LIMITS_OF_USE = (
    "An expression is not a feeling. FER-2013's pictures were gathered from the web for research; whether weights "
    "trained on them may be used commercially is not settled. Its labels are noisy: ten annotators agree with 72 % of "
    "them. Accuracy by age, sex and skin tone is unknown. Faces turned away, covered, smaller than 48 pixels or badly "
    "lit are read worse; see robustness."
)


def build(
    model_path: Path, loaded: Data, model: TrainedModel, out: Path, limits: Limits, least_recall: float = 0.0
) -> None:
    """Raise labels that are given too seldom, quantize, calibrate the confidence, gate, and write the release.

    The gate scores the int8 file through the device's own classifier, on the test split if there is one, else on
    validation.

    Raises:
        DataError: no training image to calibrate on, or nothing to gate on.
        ModelError: a teacher.
        RefusedError: a limit is broken; no release is written.
    """
    release.check_target(out)
    if model.heads != 1:
        raise ModelError(
            f"{model_path}: is a teacher; what is released learns from it (`python -m train fit --teachers`)"
        )
    lift = _lift(model, loaded, least_recall)
    model = balance.lifted(model, lift)
    name, gated = loaded.split("test" if len(loaded.test) else "validation")
    labels = splits.relabel(gated.labels, loaded.names, model.labels)
    content = quantize.quantize(model, quantize.calibration_images(model.seen(loaded.train.images)))
    untempered = Card(
        labels=model.labels,
        height=model.size,
        width=model.size,
        crop_scale=CROP_SCALE,
        light=model.light,
        faces=model.faces,
        training=model.training,
    )
    finished = _calibrated(content, untempered, loaded)
    temperature = finished.temperature
    sealed = card_writer.embed(content, finished)
    model_file.check(sealed)  # as the device will, before anything is released

    float_probabilities = metrics.softmax(
        trained.predict(model.keras, model.seen(gated.images)).astype(np.float64) / temperature
    )
    classifier = Classifier(ModelFile(model_path, sealed, finished))
    int8_probabilities = classifier_scores(classifier, gated.images, "gate: int8")
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
    voted = None if gated.votes is None else ferplus.consensus(gated.votes, model.labels)
    rows = robustness.table(
        gated.images, labels, voted, lambda images: classifier_scores(classifier, images, "robustness")
    )
    facts = _facts(finished, name, reports, verdict, limits) | {probe_faces.KEY: probe_faces.facts(classifier)}
    facts["lift"] = {label: float(odds) for label, odds in zip(model.labels, lift, strict=True) if odds}
    release.write(out, sealed, facts | {"robustness": rows, "use": USE, "limits_of_use": LIMITS_OF_USE})
    print(f"wrote {out}/{model_file.MODEL_NAME} and {model_file.JSON_NAME}")
    if finished.wanted_crop:
        print(f"note: {finished.wanted_crop} on each kiosk")


def _lift(model: TrainedModel, loaded: Data, least_recall: float) -> np.ndarray:
    """Log-odds [L], chosen on validation; said, since they change the answers."""
    if not least_recall:
        return np.zeros(len(model.labels))
    if not len(loaded.validation):
        raise DataError("no validation image to choose on: the data must hold the Training split")
    wanted = splits.relabel(loaded.validation.labels, loaded.names, model.labels)
    logits = trained.predict(model.keras, model.seen(loaded.validation.images))
    lift = balance.lifts(wanted, logits, least_recall)
    raised = (f"{label} by {odds:.2f}" for label, odds in zip(model.labels, lift, strict=True) if odds)
    print(f"logits raised for a recall of {100 * least_recall:.0f} %: {', '.join(raised) or 'none'}")
    return lift


def _calibrated(content: bytes, plain: Card, loaded: Data) -> Card:
    """The card with the temperature, and the confidence under which the device is unsure, both from validation."""
    if len(loaded.validation) < LEAST_CALIBRATED:
        raise DataError(
            f"{len(loaded.validation)} validation images to calibrate the confidence on, and {LEAST_CALIBRATED} are "
            "the least: the data must hold the Training split"
        )
    classifier = Classifier(ModelFile(Path("unfinished"), card_writer.embed(content, plain), plain))
    images = tqdm(loaded.validation.images, desc="temperature", unit=" images")
    logits = np.stack([classifier.logits(image) for image in images]).astype(np.float64)
    wanted = splits.relabel(loaded.validation.labels, loaded.names, plain.labels)
    temperature = round(metrics.fit_temperature(wanted, logits), 4)
    confidence = metrics.softmax(logits / temperature).max(axis=1)
    least = round(float(np.quantile(confidence, 1 - SURE_SHARE)), 3)
    return replace(plain, temperature=temperature, least_confidence=least)


def _facts(card: Card, split: str, reports: dict[str, Any], verdict: Verdict, limits: Limits) -> dict[str, Any]:
    return {
        **card.as_dict(),
        "metrics": {"split": split, **reports},
        "int8_against_float": verdict.as_dict(),
        "limits": asdict(limits),
        "versions": backend.versions() | {"tensorflow": importlib.metadata.version("tensorflow")},
    }


def _table(split: str, reports: dict[str, Any], verdict: Verdict, size: int) -> str:
    kinds = ("float", "int8")
    rows = [["", *kinds]]
    rows.append([f"accuracy on {split}", *(f"{100 * reports[kind]['accuracy']:.2f} %" for kind in kinds)])
    label, accuracy = reports["int8"]["baseline"].values()
    rows.append([f"always {label!r}", *[f"{100 * accuracy:.2f} %"] * 2])
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
    return "\n".join([*lines, *report.remarks(reports["int8"])])
