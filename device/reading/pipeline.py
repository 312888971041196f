"""One frame's way: faces, crop, net, person, reading."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from device.contract import Face, Frame, Reading
from device.faces.follower import Followed, Follower
from device.faces.whole import Whole
from device.net.classifier import Classifier
from device.net.crop import prepare
from device.reading.doubt import measure
from device.reading.person import Person
from device.settings.settings import MODELS_OWN, Settings


class Pipeline:
    """Frame in, Reading out. Holds what lasts from frame to frame and nothing that grows."""

    def __init__(self, classifier: Classifier, settings: Settings):
        self.classifier = classifier
        self._settings = settings
        self._follower: Follower | Whole = Follower(settings)
        self._card, self._least_face = classifier.card, classifier.card.least_face
        if settings.crop == "whole":
            self._follower = Whole()
            # A card's crop is measured from the box of a cascade. What is whole has no more around it, and needs no
            # less; and it is read whatever the net thinks of it.
            self._card, self._least_face = replace(classifier.card, crop_scale=1.0), 0.0
        self._persons: dict[int, Person] = {}

    def adopt(self, settings: Settings) -> None:
        """Take other settings from the next frame on; what is remembered of the faces stays."""
        self._settings = settings
        self._follower.adopt(settings)

    def step(self, frame: Frame) -> Reading:
        """Read one frame. Faces of a recording or camera are followed; a photo is read by itself."""
        ms: dict[str, float] = {}
        with _timed(ms, "total"):
            with _timed(ms, "detect"):
                found = self._follower.follow(frame)
                known = self._follower.known()
                self._persons = {number: person for number, person in self._persons.items() if number in known}
            with _timed(ms, "classify"):
                read = [self._read(frame, face) for face in found]
                faces = tuple(face for face in read if face is not None)
        return Reading(frame.index, frame.time, faces, ms)

    def _read(self, frame: Frame, face: Followed) -> Face | None:
        """What is said of a box; None where the net calls it no face."""
        person = self._persons.setdefault(face.number, Person(face.number))
        scores = None
        if person.is_due(frame.time, self._settings.read_seconds):
            crop = prepare(frame.grey, face.box, self._card)
            said = self.classifier.read(crop, self._votes_share())
            # Of a face that the last search did not see, the crop is where it should be and may hold anything.
            if not face.missed:
                person.is_face = said.is_face(self._least_face)
                if not person.is_face and not frame.still:
                    self._follower.refuse(face.number)
            if person.is_face:
                scores = dict(zip(self.classifier.labels, map(float, said.scores), strict=True))
                person.take(said.scores, measure(crop, face.box), frame.time, self._settings, self._sure())
        if not person.is_face:
            return None
        emotion = None if person.label is None else self.classifier.labels[person.label]
        unsure = person.doubt(face.missed) if person.label is None else None
        return Face(face.number, face.box, emotion, person.confidence, scores, unsure)

    def _votes_share(self) -> float:
        """Of the annotators' answer in the scores."""
        share, own = self._settings.votes_share, self.classifier.card.votes_share
        return own if share == MODELS_OWN else share

    def _sure(self) -> float:
        """Confidence from which on a label is shown, probability."""
        return self._settings.least_confidence or self.classifier.card.sure(self._votes_share())


@contextmanager
def _timed(ms: dict[str, float], name: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    ms[name] = (time.perf_counter() - start) * 1000
