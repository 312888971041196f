"""Faces followed from frame to frame: cheap search, identity, steady boxes, doubt."""

import functools
import math
from collections.abc import Callable, Iterator
from typing import Any

import cv2
import numpy as np
import pytest

from device.contract import Box, Frame, Reading
from device.faces.detector import WIDEST, FaceDetector, SceneCut, Sighting
from device.faces.haar import FINDER, KNOWER, Haar
from device.faces.local_search import GLANCE, THOROUGH, Pyramid, look
from device.faces.steady_box import SteadyBox
from device.faces.tracker import Tracker
from device.net.classifier import Classifier
from device.reading.doubt import measure
from device.reading.pipeline import Pipeline
from device.reading.steady_label import Smoother
from tests.drawn import EXPRESSIONS, PEOPLE, Person, draw_face, portrait

SURE = 40  # neighbours of a clear face


@pytest.fixture
def pipeline(classifier: Classifier) -> Pipeline:
    return Pipeline(FaceDetector(), classifier, Tracker(), Smoother())


def film(seconds: float, draw: Callable[[np.ndarray, float], None], rate: float = 30) -> Iterator[Frame]:
    """Frames of 640x480 before a plain wall; `draw` puts faces into the picture of a second."""
    for index in range(round(seconds * rate)):
        picture = np.full((480, 640, 3), (152, 150, 144), np.uint8)
        draw(picture, index / rate)
        noise = np.random.default_rng(index).normal(0, 2, (480, 640, 1))
        picture = np.clip(picture + noise, 0, 255).astype(np.uint8)
        yield Frame(index, index / rate, cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), picture)


@functools.cache
def drawn(person: Person, height: int) -> tuple[np.ndarray, np.ndarray]:
    """(image, coverage) of a neutral face at a height, drawn once: it takes some 100 ms."""
    side = round(height * 480 / 380)
    image, cover = draw_face(EXPRESSIONS["neutral"], person)
    scaled = [cv2.resize(part, (side, side), interpolation=cv2.INTER_AREA) for part in (image, cover)]
    return scaled[0], scaled[1][..., None]


def put(picture: np.ndarray, person: Person, x: float, height: int) -> None:
    """A face into `picture`, its centre at (x, 240)."""
    image, cover = drawn(person, height)
    half = image.shape[0] // 2
    left = round(x) - half
    place = picture[240 - half : 240 - half + image.shape[0], left : left + image.shape[1]]
    place[:] = place * (1 - cover) + image * cover


def one_face(picture: np.ndarray, time: float, x: float = 320, height: int = 200) -> None:
    put(picture, PEOPLE[0], x, height)


def centre(box: Box) -> float:
    return box.x + box.width / 2


@pytest.mark.parametrize("size", [49, 60, 90, 140, 260])
@pytest.mark.parametrize("small", [GLANCE, THOROUGH])
def test_a_look_finds_a_face_of_any_size(size: int, small: int) -> None:
    picture = np.full((480, 640, 3), 150, np.uint8)
    face = cv2.resize(portrait(EXPRESSIONS["neutral"], size=480), (size * 2, size * 2), interpolation=cv2.INTER_AREA)
    picture[: 2 * size, 60 : 60 + 2 * size] = face[:480]
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    found = Haar().search(grey, 40, 480, 5)
    assert len(found) == 1
    box = found[0].box
    moved = Box(box.x + box.width // 10, box.y, box.width, box.height)
    sighting = look(Haar(), Pyramid(grey), moved, 3, 0.15, small)
    assert sighting
    assert sighting.box.overlap(box) > 0.7


def test_a_look_sees_nothing_on_a_wall_or_outside_the_picture() -> None:
    grey = np.full((480, 640), 150, np.uint8)
    assert look(Haar(), Pyramid(grey), Box(100, 100, 80, 80), 1) is None
    picture = cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)
    put(picture, PEOPLE[0], 320, 240)  # not where it is looked for
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    assert look(Haar(), Pyramid(grey), Box(-300, -300, 200, 200), 1) is None
    assert look(Haar(), Pyramid(grey), Box(-300, 140, 200, 200), 1) is None
    assert look(Haar(), Pyramid(grey), Box(900, 140, 200, 200), 1) is None
    assert look(Haar(), Pyramid(grey), Box(230, 130, 200, 200), 1) is not None


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
    assert not pipeline._spans
    assert not pipeline._quality


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


def test_crossing_boxes_are_told_apart_by_their_motion() -> None:
    tracker = Tracker(look_seconds=0)
    for step in range(61):
        time = step / 30
        boxes = [Box(100 + 6 * step, 100, 80, 80), Box(460 - 6 * step, 110, 76, 76)]
        seen = boxes if not 27 <= step <= 33 else boxes[:1]  # the second is behind the first
        tracker.update([Sighting(box, SURE) for box in seen], tracker.due(time), time)
        if step == 10:
            before = {number: box.x for number, box in tracker.shown(time)}
    after = {number: box.x for number, box in tracker.shown(2.0)}
    assert before.keys() == after.keys() == {1, 2}
    assert (before[1] - before[2]) * (after[1] - after[2]) < 0


def test_a_face_keeps_its_number_over_a_second_of_loss_and_not_longer() -> None:
    tracker = Tracker(memory=1.0, look_seconds=0)
    box = Sighting(Box(100, 100, 80, 80), SURE)
    tracker.update([box], [], 0.0)
    assert tracker.shown(0.3)
    assert not tracker.shown(0.31)
    assert tracker.update([], tracker.due(0.1), 0.1)  # just lost
    assert not tracker.update([], tracker.due(0.2), 0.2)  # told once
    tracker.update([box], tracker.due(0.9), 0.9)
    assert [number for number, _ in tracker.shown(0.9)] == [1]
    tracker.update([], tracker.due(2.0), 2.0)
    tracker.update([box], tracker.due(2.1), 2.1)
    assert [number for number, _ in tracker.shown(2.1)] == [2]


def test_a_doubtful_face_is_not_shown_before_it_was_seen_again() -> None:
    tracker = Tracker(look_seconds=0)
    weak = Sighting(Box(100, 100, 80, 80), 6)
    shown = []
    for step in range(4):
        tracker.update([weak], tracker.due(step * 0.05), step * 0.05)
        shown.append(len(tracker.shown(step * 0.05)))
    assert shown == [0, 0, 1, 1]


def test_what_looks_like_a_face_now_and_then_is_none_and_a_faint_face_is_one() -> None:
    def shown(sees: Callable[[int], bool]) -> list[int]:
        tracker, weak, counts = Tracker(look_seconds=0), Sighting(Box(100, 100, 80, 80), 5), []
        for step in range(60):
            time = step / 15
            tracker.update([weak] if sees(step) else [], tracker.due(time), time)
            counts.append(len(tracker.shown(time)))
        return counts

    assert not any(shown(lambda step: step % 2 == 0))
    assert all(shown(lambda step: step % 6 != 5)[2:])


def test_a_face_that_is_seen_less_and_less_is_given_up() -> None:
    tracker, box = Tracker(look_seconds=0), Box(100, 100, 80, 80)
    tracker.update([Sighting(box, SURE)], [], 0.0)
    assert tracker.shown(0.0)
    for step in range(1, 40):
        time = step / 15
        tracker.update([Sighting(box, 4)] if step % 2 else [], tracker.due(time), time)
    assert not tracker.shown(time)


def test_a_scan_proposes_new_faces_and_not_those_that_are_known() -> None:
    picture = np.full((480, 640, 3), 150, np.uint8)
    put(picture, PEOPLE[0], 180, 200)
    put(picture, PEOPLE[1], 480, 200)
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    left, right = sorted((box for box, _ in Haar().search(grey, 48, 480, 5)), key=centre)
    detector = FaceDetector()
    assert detector.follow(grey, 0.0, [])
    scan = detector.scan
    for known, new in (([left], [right]), ([left, right], [])):
        proposed = [box for step in range(1, 10) for box in scan.propose(Pyramid(grey), step / 6 + 0.01, known)]
        assert all(any(box.overlap(face) > 0.3 for box in proposed) for face in new)
        assert not any(box.overlap(face) > 0.3 for box in proposed for face in known)
    assert len(grey[grey == 128]) < 1000  # the picture itself is not painted over


@pytest.mark.parametrize(("rate", "every"), [(30, 1), (30, 4), (15, 7)])
def test_however_often_a_face_is_lost_the_next_scan_is_no_later_than_the_setting(rate: int, every: int) -> None:
    scans, scan = [], FaceDetector(scan_seconds=0.5).scan
    pyramid, band = Pyramid(np.zeros((120, 160), np.uint8)), scan._search_band
    for step in range(20 * rate):
        time = step / rate

        def searched(*words: Any, now: float = time) -> list[Box]:
            scans.append(now)
            return band(*words)

        scan._search_band = searched  # type: ignore[method-assign]
        if step < 10 * rate and step % every == 0:
            scan.hurry()
        scan.propose(pyramid, time, [])
    assert max(np.diff(scans)) < 0.5 + 1.1 / rate
    assert len([time for time in scans if time >= 11]) == pytest.approx(9 * 6, abs=2), "six bands a second again"


@pytest.mark.parametrize("rate", [0.5, 2.0])
def test_where_frames_are_far_apart_each_is_searched_for_every_size(rate: float) -> None:
    picture = np.full((480, 640, 3), 150, np.uint8)
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    detector = FaceDetector()
    assert not detector.follow(grey, 0.0, [])
    put(picture, PEOPLE[0], 320, 200)
    assert detector.follow(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), 1 / rate, [])


def test_a_large_picture_is_not_searched_pixel_by_pixel(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes, search = [], Haar.search

    def measured(self: Haar, grey: np.ndarray, *words: float) -> list[Sighting]:
        sizes.append(max(grey.shape))
        return search(self, grey, *words)

    monkeypatch.setattr(Haar, "search", measured)
    detector, grey = FaceDetector(), np.full((1080, 1920), 150, np.uint8)
    for step in range(12):
        detector.follow(grey, step / 6 + 0.01, [])
    assert max(sizes) <= 1920
    assert sizes[0] <= WIDEST


def test_the_second_cascade_sees_the_same_box() -> None:
    picture = np.full((480, 640, 3), 150, np.uint8)
    put(picture, PEOPLE[0], 320, 200)
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    (one,), (other,) = (Haar(cascade).search(grey, 48, 480, 5) for cascade in (FINDER, KNOWER))
    assert one.box.overlap(other.box) > 0.85


def test_the_tracker_holds_no_more_than_recent_faces() -> None:
    tracker = Tracker(memory=1.0, look_seconds=0)
    for step in range(1000):
        time = step * 0.1
        tracker.update([Sighting(Box(step * 400, 0, 50, 50), SURE if step % 2 else 5)], tracker.due(time), time)
    assert len(tracker._tracks) <= 18


def test_a_box_at_rest_is_steadied_and_one_that_moves_is_followed() -> None:
    jitter = np.random.default_rng(1)
    rest, raw, steady = SteadyBox(), [], []
    for step in range(90):
        box = Box(100 + round(jitter.normal(0, 3)), 100, 100 + round(jitter.normal(0, 3)), 100)
        rest.update(box, step / 15)
        raw.append(centre(box))
        steady.append(centre(rest.box))
    assert np.std(np.diff(steady[10:])) < 0.5 * np.std(np.diff(raw[10:]))
    moves = SteadyBox()
    for step in range(30):
        moves.update(Box(10 * step, 100, 100, 100), step / 15)  # one and a half sides a second
    assert abs(moves.box.x - 290) < 15
    assert moves.velocity[0] == pytest.approx(150, rel=0.05)


def test_another_picture_forgets_who_was_there(pipeline: Pipeline) -> None:
    for frame in film(0.5, one_face):
        assert len(pipeline.step(frame).faces) == 1
    black = np.zeros((480, 640), np.uint8)
    assert pipeline.step(Frame(15, 0.5, black, cv2.cvtColor(black, cv2.COLOR_GRAY2BGR))).faces == ()


def test_a_cut_is_another_picture_and_not_a_face_that_moves() -> None:
    cut = SceneCut()
    assert not any(cut.happened(frame.grey) for frame in film(1, lambda p, t: one_face(p, t, 200 + 300 * t)))
    assert cut.happened(np.zeros((480, 640), np.uint8))
    assert not cut.happened(np.zeros((480, 640), np.uint8))
    assert cut.happened(np.zeros((240, 320), np.uint8))


def test_a_crops_flaws_are_named() -> None:
    crop = cv2.resize(
        cv2.cvtColor(portrait(EXPRESSIONS["neutral"], size=96), cv2.COLOR_BGR2GRAY)[10:86, 10:86], (48, 48)
    )
    box = Box(0, 0, 100, 100)
    assert measure(crop, box).flaw() is None
    assert measure((crop * 0.06).astype(np.uint8), box).flaw() == "too dark"
    assert measure(cv2.GaussianBlur(crop, (0, 0), 5), box).flaw() == "blurred"
    assert measure(crop, Box(0, 0, 20, 20)).flaw() == "too small"


def test_an_unsure_face_that_the_frontal_cascade_loses_is_turned_away(classifier: Classifier) -> None:
    never_sure = Pipeline(FaceDetector(), classifier, Tracker(), Smoother(sure=1.0, margin=0.0))

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


def test_a_still_is_read_by_itself_between_frames(pipeline: Pipeline) -> None:
    (frame,) = film(1 / 30, one_face)
    still = Frame(0, 0.0, frame.grey, frame.image, still=True)
    one, two = pipeline.step(still), pipeline.step(still)
    assert [face.scores is not None for face in (*one.faces, *two.faces)] == [True, True]
    assert one.faces == two.faces
