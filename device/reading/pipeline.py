"""One frame's way: faces, crop, net, identity, steady reading."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol

from device.camera.pace import Governor
from device.contract import Box, Face, Frame, Reading
from device.faces.detector import FaceDetector, SceneCut
from device.faces.tracker import Tracker, reach
from device.net.classifier import Classifier
from device.net.crop import prepare
from device.reading.doubt import Quality, measure
from device.reading.steady_label import Smoother
from device.service.temperature import Thermometer

UNSURE, TURNED = "close scores", "turned away"


class Sink(Protocol):
    """Takes each finished frame: a screen, a file, a log."""

    def show(self, frame: Frame, reading: Reading) -> None: ...


class Pipeline:
    """Frame in, Reading out. Holds what lasts from frame to frame and nothing that grows.

    Args:
        read_seconds: the net runs at most once in such a span for each face.
    """

    def __init__(
        self,
        detector: FaceDetector,
        classifier: Classifier,
        tracker: Tracker,
        smoother: Smoother,
        read_seconds: float = 0.1,
    ):
        self.detector, self.classifier = detector, classifier
        self.tracker, self.smoother = tracker, smoother
        self.read_seconds = read_seconds
        self._cut = SceneCut()
        self._spans: dict[int, int] = {}  # the span in which the net last ran for a face
        self._quality: dict[int, Quality] = {}  # of the crop that it then saw

    def step(self, frame: Frame) -> Reading:
        """Read one frame. Faces of a recording or camera are followed; a still is read by itself."""
        ms: dict[str, float] = {}
        with _timed(ms, "total"):
            with _timed(ms, "detect"):
                boxes = self._find_afresh(frame) if frame.still else self._follow(frame)
            with _timed(ms, "classify"):
                faces = tuple(self._read(frame, face, box) for face, box in boxes)
        return Reading(frame.index, frame.time, faces, ms)

    def _find_afresh(self, frame: Frame) -> list[tuple[int, Box]]:
        self._forget_all_but(set())
        return list(enumerate(self.detector.find(frame.grey), start=1))

    def _follow(self, frame: Frame) -> list[tuple[int, Box]]:
        if self._cut.happened(frame.grey):
            self.tracker.forget()
            self.detector.scan.restart()
        due = self.tracker.due(frame.time)
        places = [(track.predicted(frame.time), reach(track, frame.time)) for track in due]
        standing = [] if due else self.tracker.standing(frame.time)
        sightings = self.detector.follow(frame.grey, frame.time, places, standing)
        if self.tracker.update(sightings, due, frame.time):
            self.detector.scan.hurry()
        self._forget_all_but(self.tracker.known())
        return self.tracker.shown(frame.time)

    def _read(self, frame: Frame, face: int, box: Box) -> Face:
        scores = None
        # The golden ratio spreads the faces' turns evenly over the span, however many there are.
        span = int(frame.time / self.read_seconds + 0.618 * face + 1e-6)
        if self._spans.get(face) != span:
            crop = prepare(frame.grey, box, self.classifier.card)
            probabilities = self.classifier.scores(crop)
            scores = dict(zip(self.classifier.labels, map(float, probabilities), strict=True))
            self._spans[face], self._quality[face] = span, measure(crop, box)
            self.smoother.update(face, probabilities, frame.time)
        label, confidence = self.smoother.reading(face)
        emotion = None if label is None else self.classifier.labels[label]
        unsure = self._doubt(frame, face) if label is None else None
        return Face(face, box, emotion, confidence, scores, unsure)

    def _doubt(self, frame: Frame, face: int) -> str:
        if not frame.still and face in self.tracker.missed():
            return TURNED
        return self._quality[face].flaw() or UNSURE

    def _forget_all_but(self, faces: set[int]) -> None:
        self.smoother.keep_only(faces)
        for memory in (self._spans, self._quality):
            for face in memory.keys() - faces:
                del memory[face]


def run(
    frames: Iterable[Frame],
    pipeline: Pipeline,
    sinks: Iterable[Sink],
    stopped: Callable[[], bool],
    governor: Governor | None = None,
) -> int:
    """Read frames until they end or `stopped`; returns how many were read.

    Args:
        governor: is told of each frame, and says when the rate changes; the camera asks it which frames to take.
    """
    count = 0
    thermometer = Thermometer()
    for frame in frames:
        reading = pipeline.step(frame)
        for sink in sinks:
            sink.show(frame, reading)
        count += 1
        if governor is not None:
            said = governor.learn(frame.time, len(reading.faces), thermometer.celsius(frame.time))
            if said:
                print(said, file=sys.stderr, flush=True)
        if stopped():
            break
    return count


@contextmanager
def _timed(ms: dict[str, float], name: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    ms[name] = (time.perf_counter() - start) * 1000
