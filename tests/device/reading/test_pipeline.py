"""Faces followed from frame to frame: cheap search, identity, steady boxes, doubt."""

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest

from device.contract import Frame, Reading
from device.net.classifier import Classifier, Said
from device.net.questions import FACE, LABELS, Answer
from device.reading.pipeline import Pipeline
from device.settings.settings import Settings
from tests.device.people import centre, film, one_face, put
from tests.drawn import PEOPLE


@pytest.fixture
def pipeline(classifier: Classifier) -> Pipeline:
    return Pipeline(classifier, Settings())


def test_a_moving_face_is_found_in_every_frame_and_keeps_its_number(pipeline: Pipeline) -> None:
    readings = [
        pipeline.step(frame)
        for frame in film(3, lambda p, t: one_face(p, t, 320 + 180 * math.sin(2 * math.pi * t / 3)))
    ]
    assert [len(reading.faces) for reading in readings] == [1] * 90
    assert {face.id for reading in readings for face in reading.faces} == {1}
    for reading in readings:
        drawn = 320 + 180 * math.sin(2 * math.pi * reading.time / 3)
        assert abs(centre(reading.faces[0].box) - drawn) < 0.25 * reading.faces[0].box.width


def test_a_face_that_comes_later_is_found_within_a_second_and_one_that_goes_is_not_held(pipeline: Pipeline) -> None:
    readings = [pipeline.step(frame) for frame in film(4, lambda p, t: one_face(p, t) if 1 <= t < 2.5 else None)]
    with_face = [reading.time for reading in readings if reading.faces]
    assert 1.0 <= with_face[0] <= 2.0
    assert 2.4 < with_face[-1] <= 2.5 + 0.3 + 0.001
    again = [pipeline.step(replace(frame, time=frame.time + 4)) for frame in film(1, one_face)]
    assert {face.id for reading in again for face in reading.faces} == {2}, "who has gone is forgotten"


def test_the_net_runs_at_most_ten_times_a_second(pipeline: Pipeline) -> None:
    readings = [pipeline.step(frame) for frame in film(2, one_face)]
    runs = [reading.time for reading in readings if reading.faces[0].scores is not None]
    assert 18 <= len(runs) <= 21
    assert all(face.emotion or face.unsure for reading in readings for face in reading.faces)


def test_two_faces_that_cross_keep_their_numbers(pipeline: Pipeline) -> None:
    def crossing(picture: np.ndarray, time: float) -> None:
        one_face(picture, time, 125 + 130 * time, 190)
        put(picture, PEOPLE[1], 520 - 130 * time, 150)

    last: Reading | None = None
    first: dict[int, float] = {}
    for frame in film(3, crossing):
        last = pipeline.step(frame)
        if frame.time < 0.5:
            first |= {face.id: centre(face.box) for face in last.faces}
    assert last
    assert len(first) == 2
    left, right = sorted(first, key=lambda face: first[face])
    places = {face.id: centre(face.box) for face in last.faces}
    assert places.keys() == {left, right}
    assert places[left] > places[right]


def test_another_picture_forgets_who_was_there(pipeline: Pipeline) -> None:
    for frame in film(0.5, one_face):
        assert len(pipeline.step(frame).faces) == 1
    black = np.zeros((480, 640), np.uint8)
    assert pipeline.step(Frame(15, 0.5, black, cv2.cvtColor(black, cv2.COLOR_GRAY2BGR))).faces == ()


def test_an_unsure_face_that_the_frontal_cascade_loses_is_turned_away(classifier: Classifier) -> None:
    never_sure = Pipeline(classifier, Settings(least_confidence=1.0, label_margin=0.0))

    def turning(picture: np.ndarray, time: float) -> None:
        one_face(picture, time)
        if time >= 1:  # as narrow as a face in profile
            face = picture[140:340, 220:420].copy()
            picture[:] = (152, 150, 144)
            picture[140:340, 290:350] = cv2.resize(face, (60, 200), interpolation=cv2.INTER_AREA)

    readings = [never_sure.step(frame) for frame in film(1.5, turning)]
    reasons = [(reading.time, face.unsure) for reading in readings for face in reading.faces]
    assert {reason for time, reason in reasons if time < 1} == {"close scores"}
    assert {reason for time, reason in reasons if time >= 1.1} == {"turned away"}
    assert max(time for time, _ in reasons) < 1.35


class Doubting:
    """The net, which for a while says that nothing is a face."""

    def __init__(self, classifier: Classifier):
        self._net, self.labels = classifier, classifier.labels
        answers = {LABELS: Answer(0, len(self.labels)), FACE: Answer(len(self.labels), 1, least=0.5)}
        self.card = replace(classifier.card, answers=answers)
        self.sure = 1.0
        self.shares: list[float | None] = []

    def read(self, crop: np.ndarray, votes_share: float | None = None) -> Said:
        self.shares.append(votes_share)
        return Said(self._net.scores(crop), self.sure)


def test_what_the_net_calls_no_face_is_neither_shown_nor_read_until_it_is_one(classifier: Classifier) -> None:
    net = Doubting(classifier)
    pipeline = Pipeline(net, Settings())  # type: ignore[arg-type]
    shown = []
    for frame in film(3, one_face):
        net.sure = 0.49 if 1 <= frame.time < 2 else 0.5
        shown.append((frame.time, [face.id for face in pipeline.step(frame).faces]))
    assert all(faces == [1] for time, faces in shown if time < 1)
    assert all(faces == [] for time, faces in shown if 1.15 <= time < 2), "read again within a tenth of a second"
    assert all(len(faces) == 1 for time, faces in shown if time >= 2.5)
    photos = Pipeline(net, Settings())  # type: ignore[arg-type]
    still = replace(frame, still=True)
    assert len(photos.step(still).faces) == 1
    net.sure = 0.0
    assert photos.step(still).faces == ()


def test_the_votes_share_is_the_settings_and_a_reload_takes_it(classifier: Classifier) -> None:
    net = Doubting(classifier)
    pipeline = Pipeline(net, Settings())  # type: ignore[arg-type]
    for settings in (Settings(), Settings(votes_share=0.0), Settings(votes_share=1.0)):
        pipeline.adopt(settings)
        for frame in film(0.1, one_face):
            pipeline.step(replace(frame, still=True))
    assert list(dict.fromkeys(net.shares)) == [classifier.card.votes_share, 0.0, 1.0]


def test_a_still_is_read_by_itself_between_frames(pipeline: Pipeline) -> None:
    (frame,) = film(1 / 30, one_face)
    still = Frame(0, 0.0, frame.grey, frame.image, still=True)
    one, two = pipeline.step(still), pipeline.step(still)
    assert [face.scores is not None for face in (*one.faces, *two.faces)] == [True, True]
    assert one.faces == two.faces
