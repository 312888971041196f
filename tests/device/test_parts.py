"""The pure parts: crop, boxes, identity, smoothing, settings, events, goldens."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from device.contract import Box, Face, Reading
from device.drawing.overlay import COLOURS, caption, draw
from device.errors import DataError, UsageError
from device.faces.detector import WIDEST, FaceDetector
from device.net.card import Card
from device.net.crop import level, prepare
from device.outputs import golden
from device.outputs.events import as_event
from device.reading.steady_label import Smoother
from device.settings.settings import Settings
from tests.drawn import EXPRESSIONS, portrait

CARD = Card(("happy", "sad"), height=48, width=48, crop_scale=1.0)


def test_a_crop_of_the_nets_own_size_is_the_pixels_themselves() -> None:
    grey = np.arange(100 * 90, dtype=np.uint8).reshape(100, 90)
    assert (prepare(grey, Box(10, 20, 48, 48), CARD) == grey[20:68, 10:58]).all()


def test_an_oblong_box_is_made_square_about_its_centre() -> None:
    grey = np.zeros((200, 200), np.uint8)
    grey[:, 100:] = 200
    crop = prepare(grey, Box(85, 52, 30, 96), CARD)
    assert crop.shape == (48, 48)
    assert crop[:, :23].max() == 0
    assert crop[:, 25:].min() == 200


def test_over_the_edge_the_face_keeps_its_place() -> None:
    grey = np.zeros((100, 100), np.uint8)
    grey[40:60, 0:24] = 255
    crop = prepare(grey, Box(-24, 26, 48, 48), CARD)
    assert (crop[14:34, 24:] == 255).all()
    assert (crop[14:34, :24] == 255).all()  # repeated edge pixels
    with pytest.raises(ValueError, match="outside"):
        prepare(grey, Box(200, 200, 20, 20), CARD)


def test_crop_scale_takes_in_more_around_the_box() -> None:
    grey = np.zeros((200, 200), np.uint8)
    grey[76:124, 76:124] = 255
    wide = Card(("happy", "sad"), height=48, width=48, crop_scale=2.0)
    assert prepare(grey, Box(76, 76, 48, 48), CARD).min() == 255
    assert prepare(grey, Box(76, 76, 48, 48), wide).mean() == pytest.approx(255 / 4, rel=0.1)


def test_level_brings_any_light_to_one() -> None:
    crop = cv2.cvtColor(portrait(EXPRESSIONS["happy"], size=48), cv2.COLOR_BGR2GRAY)
    lit = level(crop)
    assert (lit.mean(), lit.std()) == (pytest.approx(128, abs=2), pytest.approx(45, abs=2))
    for other in (crop // 6, 200 + crop // 8, 255 - (255 - crop) // 3):
        assert np.abs(level(other.astype(np.uint8)).astype(int) - lit).mean() < 4
    assert level(np.full((48, 48), 9, np.uint8)).tolist() == np.full((48, 48), 128).tolist()
    noise = np.random.default_rng(1).normal(20, 0.7, (48, 48)).round().astype(np.uint8)
    assert level(noise).std() < 25


def test_a_large_photo_is_scanned_reduced_and_boxed_in_its_own_pixels() -> None:
    small = cv2.cvtColor(portrait(EXPRESSIONS["neutral"], size=400), cv2.COLOR_BGR2GRAY)
    (box,) = FaceDetector().find(small)
    (large,) = FaceDetector().find(cv2.resize(small, (WIDEST * 3, WIDEST * 3)))
    assert Box(*(round(side * WIDEST * 3 / 400) for side in box)).overlap(large) > 0.8


def test_overlap() -> None:
    assert Box(0, 0, 10, 10).overlap(Box(5, 0, 10, 10)) == pytest.approx(1 / 3)
    assert Box(0, 0, 10, 10).overlap(Box(10, 0, 10, 10)) == 0
    assert Box(3, 4, 5, 6).overlap(Box(3, 4, 5, 6)) == 1


def test_smoothing_is_in_time_not_in_frames() -> None:
    happy, sad = np.array([0.9, 0.1]), np.array([0.1, 0.9])
    slow, fast = Smoother(seconds=0.5), Smoother(seconds=0.5)
    slow.update(1, happy, 0.0)
    fast.update(1, happy, 0.0)
    for step in range(1, 11):
        fast.update(1, sad, step * 0.02)
    slow.update(1, sad, 0.2)
    assert fast._faces[1].scores == pytest.approx(slow._faces[1].scores)


def test_a_label_has_hysteresis_and_an_unsure_face_has_none() -> None:
    def told(smoother: Smoother, scores: list[float], time: float) -> tuple[int | None, float]:
        smoother.update(1, np.array(scores), time)
        return smoother.reading(1)

    smoother = Smoother(seconds=0.01, margin=0.2, sure=0.4)
    assert told(smoother, [0.6, 0.4, 0.0], 0)[0] == 0
    assert told(smoother, [0.45, 0.55, 0.0], 1)[0] == 0  # leads by too little
    assert told(smoother, [0.2, 0.8, 0.0], 2)[0] == 1
    assert told(smoother, [0.36, 0.34, 0.3], 3)[0] == 1  # under 0.4, but it stood
    smoother = Smoother(seconds=0.01, margin=0.05, sure=0.4)
    assert told(smoother, [0.36, 0.34, 0.3], 0)[0] is None
    assert told(smoother, [0.5, 0.3, 0.2], 1)[0] == 0
    assert told(smoother, [0.33, 0.33, 0.34], 2) == (None, pytest.approx(0.34))
    smoother.keep_only({2})
    assert smoother._faces == {}


BOX = Box(1, 2, 30, 40)


def reading(emotion: str | None = "happy", box: Box = BOX) -> Reading:
    unsure = None if emotion else "close scores"
    face = Face(1, box, emotion, 0.87654, {"happy": 0.8, "sad": 0.2}, unsure)
    return Reading(3, 0.123456, (face,), {"detect": 1.23456, "classify": 0.1, "total": 1.5})


def test_an_event_has_the_published_form() -> None:
    assert json.loads(json.dumps(as_event(reading()))) == {
        "frame": 3,
        "time": 0.1235,
        "faces": [
            {
                "id": 1,
                "box": [1, 2, 30, 40],
                "emotion": "happy",
                "confidence": 0.8765,
                "scores": {"happy": 0.8, "sad": 0.2},
            }
        ],
        "ms": {"detect": 1.235, "classify": 0.1, "total": 1.5},
    }
    unsure = as_event(reading(None), with_ms=False)
    assert "ms" not in unsure
    assert (unsure["faces"][0]["emotion"], unsure["faces"][0]["unsure"]) == (None, "close scores")


def test_goldens_forgive_a_pixel_and_nothing_more() -> None:
    events = [as_event(reading())]
    assert golden.difference(events, [as_event(reading(box=Box(1, 3, 30, 40)))]) is None
    assert "a face at" in (golden.difference(events, [as_event(reading(box=Box(20, 2, 30, 40)))]) or "")
    assert "sad instead of happy" in (golden.difference(events, [as_event(reading("sad"))]) or "")
    assert "1 frames instead of 2" in (golden.difference(events * 2, events) or "")
    changed = as_event(reading())
    changed["faces"][0]["scores"] = {"happy": 0.7, "sad": 0.3}
    assert "score of happy 0.7 instead of 0.8" in (golden.difference(events, [changed]) or "")


def test_a_golden_file_that_is_none_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "golden.jsonl"
    path.write_text(json.dumps(as_event(reading())) + "\nnot json\n")
    with pytest.raises(DataError, match="line 2"):
        golden.read(path)
    path.write_text('{"faces": [{}]}\n')
    with pytest.raises(DataError, match="line 1"):
        golden.read(path)
    with pytest.raises(DataError, match="cannot be read"):
        golden.read(tmp_path / "missing.jsonl")


def test_drawing_is_pure_and_shows_the_emotions_colour() -> None:
    image = np.full((360, 640, 3), 80, np.uint8)
    before = image.copy()
    drawn = draw(image, reading(box=Box(200, 100, 120, 120)))
    assert (image == before).all()
    assert (drawn[100:220, 200] == COLOURS["happy"]).all(axis=1).any()
    assert caption(reading().faces[0]) == "happy 88 %"
    assert caption(reading(None).faces[0]) == "unsure: close scores"
    for box in (Box(-50, -50, 80, 80), Box(600, 340, 200, 200), Box(0, 0, 640, 360)):
        assert draw(image, reading(box=box)).shape == image.shape


def test_settings_come_from_file_and_flags(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('camera = "film.mp4"\nsmoothing_seconds = 1\ndisplay = ["a.mp4", "b.png"]\n')
    settings = Settings.read(path, camera="other.mp4", model=None)
    assert settings.camera == "other.mp4"
    assert settings.model == "default"
    assert settings.smoothing_seconds == 1.0
    assert settings.display == ("a.mp4", "b.png")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("smallest_fase = 60", "'smallest_fase': did you mean 'smallest_face'"),
        ("zzz = 1", "unknown setting 'zzz'"),
        ('threads = "two"', "threads must be a whole number"),
        ("threads = 99", "threads = 99 is not from 1 to 16"),
        ('pace = "slow"', "none of realtime, max"),
        ("loop = 1", "loop must be true or false"),
        ("display = [1]", "display must be text"),
        ("threads = = 2", "is not TOML"),
    ],
)
def test_a_mistake_in_the_settings_is_named(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text + "\n")
    with pytest.raises(UsageError) as error:
        Settings.read(path)
    assert reason in str(error.value)
    assert str(path) in str(error.value)


def test_missing_settings_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        Settings.read(tmp_path / "none.toml")


def test_no_label_is_shown_far_below_the_confidence_that_it_needs() -> None:
    smoother = Smoother(seconds=1e-6, margin=0.2, sure=0.38)
    smoother.update(1, np.array([0.9, 0.1, 0.0, 0.0, 0.0, 0.0]), 0)
    smoother.update(1, np.array([0.05, 0.27, 0.17, 0.17, 0.17, 0.17]), 1)
    assert smoother.reading(1)[0] is None, "another leads, but nothing is sure, and what stood has gone"
    smoother.update(2, np.array([0.9, 0.1, 0.0, 0.0, 0.0, 0.0]), 0)
    smoother.update(2, np.array([0.02, 0.2, 0.195, 0.195, 0.195, 0.195]), 1)
    assert smoother.reading(2)[0] is None
    smoother.update(2, np.array([0.1, 0.5, 0.1, 0.1, 0.1, 0.1]), 2)
    assert smoother.reading(2)[0] == 1
