"""From a trained model to a gated release."""

import importlib.metadata
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from convert import calibrate, gate, quantize, release
from convert import card as card_writer
from convert.gate import Limits, Verdict
from device.errors import DataError, ModelError, RefusedError
from device.net import answers, model_file, probe_faces
from device.net.card import Card
from device.net.classifier import Classifier
from device.net.model_file import ModelFile
from device.net.questions import LABELS, VOTES
from train import backend, record, report
from train.data import ferplus, splits
from train.data.cut import CROP_SCALE
from train.data.splits import Data, Split
from train.net import provenance
from train.net.trained import TrainedModel
from train.score import evaluate
from train.score.evaluate import Asked

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
    model_path: Path,
    loaded: Data,
    model: TrainedModel,
    out: Path,
    limits: Limits,
    made: dict[str, Any] | None = None,
) -> None:
    """Quantize, calibrate each answer, gate, and write the release.

    The gate scores the int8 file through the device's own classifier, on the test split if there is one, else on
    validation; the answer for labels by the data's own, the one for votes by their consensus.

    Args:
        made: how (see train.record), for emotion.json, and in short for the card.

    Raises:
        DataError: no training image to calibrate on, or nothing to gate on.
        ModelError: a teacher.
        RefusedError: a limit is broken; no release is written.
    """
    release.check_target(out)
    if model.heads != 1:
        raise ModelError(f"{model_path}: is a teacher; `python -m train heads` makes of it what can be released")
    name, gated = loaded.split("test" if len(loaded.test) else "validation")
    content = quantize.quantize(model, quantize.calibration_images(model.seen(loaded.train.images)))
    untempered = Card(
        labels=model.labels,
        height=model.size,
        width=model.size,
        crop_scale=CROP_SCALE,
        light=model.light,
        answers=model.answers,
        votes_share=model.votes_share,
        faces=model.faces,
        training=record.short(provenance.in_short(model.training) | {"released": made or {}}),
    )
    finished = calibrate.calibrated(content, untempered, loaded)
    sealed = card_writer.embed(content, finished)
    model_file.check(sealed)  # as the device will, before anything is released

    classifier = Classifier(ModelFile(model_path, sealed, finished))
    int8 = evaluate.of_classifier(classifier, "gate: int8")
    logits = {"float": model.logits(gated.images), "int8": int8.logits(gated.images)}
    verdicts = _verdicts(gated, loaded.names, int8, logits, limits)
    reports = {kind: evaluate.scored(gated, loaded.names, int8, logits[kind]) for kind in logits}
    print(_table(name, reports, verdicts, len(sealed)))
    broken = [f"{question}: {line}" for question, verdict in verdicts.items() for line in verdict.broken]
    if broken:
        kept = f"; the release that stood in {out} is as it was" if out.exists() else ""
        raise RefusedError(f"no release: {'; '.join(broken)}{kept}")
    facts = _facts(finished, name, reports, verdicts, limits) | {probe_faces.KEY: probe_faces.facts(classifier)}
    facts |= {"made": made or {}, "robustness": evaluate.robustness(gated, loaded.names, int8)}
    release.write(out, sealed, facts | {"use": USE, "limits_of_use": LIMITS_OF_USE})
    print(f"wrote {out}/{model_file.MODEL_NAME} and {model_file.JSON_NAME}")
    if finished.wanted_crop:
        print(f"note: {finished.wanted_crop} on each kiosk")


def _verdicts(
    split: Split, names: tuple[str, ...], asked: Asked, logits: Mapping[str, np.ndarray], limits: Limits
) -> dict[str, Verdict]:
    """By question: int8 answers held against float answers, each by its own truth."""
    truths = {LABELS: splits.relabel(split.labels, names, asked.labels)}
    if VOTES in asked.answers:
        voted = None if split.votes is None else ferplus.consensus(split.votes, asked.labels)
        if voted is None or not (voted >= 0).any():
            raise DataError(
                "the net answers what FER+'s annotators see too, and without their votes that can neither be "
                "calibrated nor judged: name them (--ferplus fer2013new.csv)"
            )
        truths[VOTES] = voted
    verdicts = {}
    for question, truth in truths.items():
        known = truth >= 0
        share = float(question == VOTES)
        said = {
            kind: answers.scores(given[known], asked.answers, share).argmax(axis=1) for kind, given in logits.items()
        }
        verdicts[question] = gate.judge(truth[known], said["float"], said["int8"], asked.labels, limits)
    return verdicts


def _facts(
    card: Card, split: str, reports: dict[str, Any], verdicts: dict[str, Verdict], limits: Limits
) -> dict[str, Any]:
    return {
        **card.as_dict(),
        "metrics": {"split": split, **reports},
        "int8_against_float": {question: verdict.as_dict() for question, verdict in verdicts.items()},
        "limits": asdict(limits),
        "versions": backend.versions() | {"tensorflow": importlib.metadata.version("tensorflow")},
    }


def _table(split: str, reports: dict[str, Any], verdicts: dict[str, Verdict], size: int) -> str:
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
    for question, verdict in verdicts.items():
        low, high = verdict.drop_interval
        lines.append(
            f"answer for {question}: drop {verdict.drop:.2f} points (95 % interval {low:.2f} to {high:.2f}), agreement "
            f"{100 * verdict.agreement:.2f} %, {verdict.n:,} images"
        )
    lines.append(f"{size / 1000:,.0f} kB")
    return "\n".join([*lines, *report.remarks(reports["int8"])])
