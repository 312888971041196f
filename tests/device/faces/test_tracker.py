"""Identity from frame to frame, and doubt about what was seen once."""

from collections.abc import Callable

from device.contract import Box
from device.faces.haar import Sighting
from device.faces.tracker import Tracker
from device.settings.settings import Settings

SURE = 40  # neighbours of a clear face
EVERY_FRAME = Settings(look_seconds=0.0)


def test_crossing_boxes_are_told_apart_by_their_motion() -> None:
    tracker = Tracker(EVERY_FRAME)
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
    tracker = Tracker(EVERY_FRAME)
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
    tracker = Tracker(EVERY_FRAME)
    weak = Sighting(Box(100, 100, 80, 80), 6)
    shown = []
    for step in range(4):
        tracker.update([weak], tracker.due(step * 0.05), step * 0.05)
        shown.append(len(tracker.shown(step * 0.05)))
    assert shown == [0, 0, 1, 1]


def test_what_looks_like_a_face_now_and_then_is_none_and_a_faint_face_is_one() -> None:
    def shown(sees: Callable[[int], bool]) -> list[int]:
        tracker, weak, counts = Tracker(EVERY_FRAME), Sighting(Box(100, 100, 80, 80), 5), []
        for step in range(60):
            time = step / 15
            tracker.update([weak] if sees(step) else [], tracker.due(time), time)
            counts.append(len(tracker.shown(time)))
        return counts

    assert not any(shown(lambda step: step % 2 == 0))
    assert all(shown(lambda step: step % 6 != 5)[2:])


def test_a_face_that_is_seen_less_and_less_is_given_up() -> None:
    tracker, box = Tracker(EVERY_FRAME), Box(100, 100, 80, 80)
    tracker.update([Sighting(box, SURE)], [], 0.0)
    assert tracker.shown(0.0)
    for step in range(1, 40):
        time = step / 15
        tracker.update([Sighting(box, 4)] if step % 2 else [], tracker.due(time), time)
    assert not tracker.shown(time)


def test_the_tracker_holds_no_more_than_recent_faces() -> None:
    tracker = Tracker(EVERY_FRAME)
    for step in range(1000):
        time = step * 0.1
        tracker.update([Sighting(Box(step * 400, 0, 50, 50), SURE if step % 2 else 5)], tracker.due(time), time)
    assert len(tracker.standing(time)) <= 18
