"""What the loop costs and what it finds, beside the naive loop on the same frames in the same run."""

import json
import resource
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from device.camera.make import make_camera
from device.camera.names import is_live, public
from device.contract import Box, Frame, Reading
from device.errors import UsageError
from device.faces.haar import Haar
from device.kiosk import make_pipeline
from device.net.classifier import Classifier
from device.net.crop import prepare
from device.process import output_paths
from device.process.progress import Bar
from device.process.safe_names import shown
from device.reading.pipeline import Pipeline
from device.settings.settings import Settings

SAME = 0.4  # overlap from which on two boxes are of one face
_SYNTHETIC = "synthetic"  # where no recording is named


class Naive:
    """The loop as one would first write it: every frame a full scan, the net on each box, nothing kept."""

    def __init__(self, classifier: Classifier):
        self._haar, self._classifier = Haar(), classifier

    def read(self, frame: Frame) -> list[tuple[Box, str]]:
        """(box, label with the highest score) of each face."""
        found = self._haar.search(frame.grey, 48, max(frame.grey.shape), 5)
        crops = [(box, prepare(frame.grey, box, self._classifier.card)) for box, _ in found]
        return [(box, self._classifier.labels[int(self._classifier.scores(crop).argmax())]) for box, crop in crops]


@dataclass
class Comparison:
    """Both loops over one recording, frame by frame."""

    ours_ms: list[float] = field(default_factory=list)  # processor time, milliseconds
    naive_ms: list[float] = field(default_factory=list)
    stages_ms: dict[str, list[float]] = field(default_factory=dict)  # wall clock
    shares: list[float] = field(default_factory=list)  # of the naive loop's time, in each repeat
    found: int = 0  # of the naive loop's boxes, those that ours has too
    naive_faces: int = 0
    faces: int = 0  # boxes of ours
    unsure: int = 0  # boxes of ours without a label
    label_changes: int = 0  # of ours; coming and going of "unsure" counts too
    raw_changes: int = 0  # of the naive loop's, on the faces that both see
    _shown: dict[int, tuple[str | None, str]] = field(default_factory=dict)

    def take(self, reading: Reading, naive: list[tuple[Box, str]]) -> None:
        """Compare what both loops say of a frame."""
        self.naive_faces += len(naive)
        self.faces += len(reading.faces)
        self.found += sum(any(box.overlap(face.box) >= SAME for face in reading.faces) for box, _ in naive)
        self.unsure += sum(face.emotion is None for face in reading.faces)
        for stage, ms in reading.ms.items():
            self.stages_ms.setdefault(stage, []).append(ms)
        for face in reading.faces:
            raw = next((label for box, label in naive if box.overlap(face.box) >= SAME), None)
            if raw is not None:
                before = self._shown.get(face.id, (face.emotion, raw))
                self.label_changes += face.emotion != before[0]
                self.raw_changes += raw != before[1]
                self._shown[face.id] = (face.emotion, raw)
        self._shown = dict(sorted(self._shown.items())[-64:])  # a long run meets many faces

    def summary(self) -> dict[str, Any]:
        """Figures, as plain numbers; shares are None where there is nothing to share."""
        ours, naive = np.array(self.ours_ms), np.array(self.naive_ms)
        return {
            "frames": len(ours),
            "processor_ms": {"mean": float(ours.mean()), "median": float(np.median(ours)), "p95": _p95(ours)},
            "naive_processor_ms": {"mean": float(naive.mean()), "median": float(np.median(naive)), "p95": _p95(naive)},
            "share_of_naive": float(np.median(self.shares or [ours.sum() / naive.sum()])),
            "shares_of_naive": self.shares,
            "frames_per_second": float(1000 / ours.mean()),
            "naive_frames_per_second": float(1000 / naive.mean()),
            "stages_ms": {
                name: {"median": float(np.median(ms)), "p95": _p95(np.array(ms))} for name, ms in self.stages_ms.items()
            },
            "naive_faces": self.naive_faces,
            "naive_faces_found": self.found / self.naive_faces if self.naive_faces else None,
            "faces": self.faces,
            "unsure": self.unsure / self.faces if self.faces else None,
            "label_changes": self.label_changes,
            "raw_label_changes": self.raw_changes,
            "resident_mb": resident_mb(),
        }


def repeat(frames: Callable[[], Iterator[Frame]], settings: Settings, times: int) -> Comparison:
    """Both loops over the same frames several times, each time from the start; a frame's cost is its median.

    What is found is the same each time; what it costs is not, on a machine that does other things too.
    """
    count = sum(1 for _ in frames())
    results = []
    with Bar(count * times) as bar:
        for _ in range(times):
            pipeline = make_pipeline(settings)
            results.append(compare(bar.over(frames()), pipeline, Naive(pipeline.classifier)))
    first = results[0]
    first.shares = [sum(result.ours_ms) / sum(result.naive_ms) for result in results]
    first.ours_ms = np.median([result.ours_ms for result in results], axis=0).tolist()
    first.naive_ms = np.median([result.naive_ms for result in results], axis=0).tolist()
    for stage in first.stages_ms:
        first.stages_ms[stage] = np.median([result.stages_ms[stage] for result in results], axis=0).tolist()
    return first


def compare(frames: Iterable[Frame], pipeline: Pipeline, naive: Naive) -> Comparison:
    """Run both loops over the same frames, turn by turn; making the frames is in neither's time."""
    result = Comparison()
    for frame in frames:
        start = time.process_time()
        theirs = naive.read(frame)
        between = time.process_time()
        ours = pipeline.step(frame)
        result.ours_ms.append((time.process_time() - between) * 1000)
        result.naive_ms.append((between - start) * 1000)
        result.take(ours, theirs)
    return result


def run(recording: str | None, model: str, target: Path | None, times: int = 3) -> None:
    """Measure `times` times, print a table and keep the figures in `target` as JSON.

    Raises:
        KioskError: a recording or model that is missing or unusable, or a target that cannot be written.
    """
    if recording is not None and is_live(recording):
        raise UsageError(f"{public(recording)} is a live camera; bench measures recordings (record it first)")
    if target is not None:
        output_paths.check_all(recording or "", [str(target)])
    settings = Settings(model=model)
    started = time.perf_counter()
    make_pipeline(settings)
    start_seconds = time.perf_counter() - started
    result = repeat(_synthetic if recording is None else lambda: _frames(recording), settings, times)
    summary = {
        "recording": shown(recording or _SYNTHETIC),
        "model": shown(model),
        "start_seconds": start_seconds,
    }
    summary |= result.summary()
    print(table(summary))
    if target is not None:
        target.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")


def table(figures: dict[str, Any]) -> str:
    """The figures of a run, for a person."""
    ours, naive = figures["processor_ms"], figures["naive_processor_ms"]
    lines = [
        f"{figures['recording']}, {figures['frames']} frames; loaded in {figures['start_seconds']:.2f} s",
        "",
        f"{'':<28}{'this loop':>12}{'naive loop':>12}",
        f"{'processor time a frame, ms':<28}{ours['mean']:12.2f}{naive['mean']:12.2f}",
        f"{'  median':<28}{ours['median']:12.2f}{naive['median']:12.2f}",
        f"{'  95th percentile':<28}{ours['p95']:12.2f}{naive['p95']:12.2f}",
        f"{'frames a second':<28}{figures['frames_per_second']:12.0f}{figures['naive_frames_per_second']:12.0f}",
        f"{'faces':<28}{figures['faces']:12}{figures['naive_faces']:12}",
        f"{'label changes':<28}{figures['label_changes']:12}{figures['raw_label_changes']:12}",
        "",
        f"{'stage, ms of wall clock':<28}{'median':>12}{'95th':>12}",
    ]
    lines += [f"{name:<28}{ms['median']:12.2f}{ms['p95']:12.2f}" for name, ms in figures["stages_ms"].items()]
    each = ", ".join(f"{share:.3f}" for share in figures["shares_of_naive"])
    lines += ["", f"share of the naive loop's processor time {figures['share_of_naive']:.3f} (median of {each})"]
    if figures["naive_faces_found"] is not None:
        lines.append(f"of the naive loop's faces {100 * figures['naive_faces_found']:.1f} % found")
    lines.append(f"resident memory {figures['resident_mb']:.0f} MB")
    if figures["recording"] == _SYNTHETIC:
        lines.append("nobody is in the synthetic scene: name a recording of faces for what they cost")
    return "\n".join(lines)


def _frames(recording: str) -> Iterator[Frame]:
    with make_camera(Settings(camera=recording)) as camera:
        yield from camera


def _synthetic(count: int = 300) -> Iterator[Frame]:
    """Noise and drifting rectangles at 640x480: what a scan costs where no face is; bring a recording for the rest."""
    noise = np.random.default_rng(1).integers(0, 256, (480, 640), dtype=np.uint8)
    wall = cv2.GaussianBlur(noise, (0, 0), 1.5)
    for index in range(count):
        grey = wall.copy()
        x = 40 + (index * 2) % 480
        cv2.rectangle(grey, (x, 140), (x + 90, 300), 170, cv2.FILLED)
        yield Frame(index, index / 30, grey, cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR))


def resident_mb() -> float:
    """Memory that this process holds now (Linux), or at most held (elsewhere), megabytes."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
            return int(file.read().split()[1]) * resource.getpagesize() / 1e6
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def _p95(values: np.ndarray) -> float:
    return float(np.percentile(values, 95))
