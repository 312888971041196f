"""One frame's way: faces, crop, net, identity, steady reading."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol

from device.classifier import Classifier
from device.contract import Box, Face, Frame, Reading
from device.faces import FaceDetector
from device.preprocess import prepare
from device.smoothing import Smoother
from device.tracker import Tracker

UNSURE = "close scores"


class Sink(Protocol):
    """Takes each finished frame: a screen, a file, a log."""

    def show(self, frame: Frame, reading: Reading) -> None: ...


class Pipeline:
    """Frame in, Reading out. Holds what lasts from frame to frame and nothing that grows."""

    def __init__(self, detector: FaceDetector, classifier: Classifier, tracker: Tracker, smoother: Smoother):
        self.detector, self.classifier = detector, classifier
        self.tracker, self.smoother = tracker, smoother

    def step(self, frame: Frame) -> Reading:
        """Read one frame. Faces of a recording or camera are followed; a still is read by itself."""
        ms: dict[str, float] = {}
        with _timed(ms, "total"):
            with _timed(ms, "detect"):
                boxes = self.detector.find(frame.grey)
            with _timed(ms, "classify"):
                scores = [self.classifier.scores(prepare(frame.grey, box, self.classifier.card)) for box in boxes]
            ids = self._identities(frame, boxes)
            labels = self.classifier.labels
            faces = []
            for box, face, probabilities in zip(boxes, ids, scores, strict=True):
                label, confidence = self.smoother.update(face, probabilities, frame.time)
                faces.append(
                    Face(
                        id=face,
                        box=box,
                        emotion=None if label is None else labels[label],
                        confidence=confidence,
                        scores=dict(zip(labels, map(float, probabilities), strict=True)),
                        unsure=UNSURE if label is None else None,
                    )
                )
        return Reading(frame.index, frame.time, tuple(faces), ms)

    def _identities(self, frame: Frame, boxes: list[Box]) -> list[int]:
        if frame.still:
            self.smoother.keep_only(set())
            return list(range(1, len(boxes) + 1))
        ids = self.tracker.update(boxes, frame.time)
        self.smoother.keep_only(self.tracker.known())
        return ids


def run(frames: Iterable[Frame], pipeline: Pipeline, sinks: Iterable[Sink], stopped: Callable[[], bool]) -> int:
    """Read frames until they end or `stopped`; returns how many were read."""
    count = 0
    for frame in frames:
        reading = pipeline.step(frame)
        for sink in sinks:
            sink.show(frame, reading)
        count += 1
        if stopped():
            break
    return count


@contextmanager
def _timed(ms: dict[str, float], name: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    ms[name] = (time.perf_counter() - start) * 1000
