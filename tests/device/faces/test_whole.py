"""Pictures that are the thing itself: nobody is looked for in them."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from device.camera.make import make_camera
from device.contract import Box
from device.net.classifier import Classifier
from device.net.crop import resize
from device.reading.pipeline import Pipeline
from device.settings.settings import Settings
from tests.conftest import run_command
from tests.device.people import film, one_face
from tests.drawn import EXPRESSIONS, PEOPLE, portrait


@pytest.fixture
def cut_out(tmp_path: Path) -> Path:
    """Faces as FER-2013 has them: cut out already, 48 pixels wide and high."""
    folder = tmp_path / "fer"
    folder.mkdir()
    for number, name in enumerate(("happy", "surprise")):
        face = portrait(EXPRESSIONS[name], PEOPLE[number], 320)[60:260, 60:260]
        cv2.imwrite(str(folder / f"{name}.png"), cv2.resize(face, (48, 48), interpolation=cv2.INTER_AREA))
    return folder


def settings_file(folder: Path, *lines: str) -> Path:
    path = folder.parent / "config.toml"
    path.write_text("\n".join(['crop = "whole"', *lines]))
    return path


def test_a_picture_that_is_a_face_is_read_whole(cut_out: Path) -> None:
    result = run_command("device", "run", "--camera", cut_out, "--config", settings_file(cut_out))
    assert "2 frames, a face in 2 (100 %)" in result.stdout
    assert "hint" not in result.stderr


@pytest.mark.once
def test_whoever_looks_for_faces_in_faces_gets_a_hint(cut_out: Path, photos: Path) -> None:
    for words in (["run", "--camera"], ["replay"]):
        said = run_command("device", *words, cut_out).stderr
        assert "no picture is larger than 48 pixels" in said
        assert 'set crop = "whole"' in said
        assert said.count("\n") == 1
        assert run_command("device", *words, photos / "b_nobody.jpg").stderr == ""


def test_the_net_sees_all_of_the_picture_and_no_more(classifier: Classifier, cut_out: Path) -> None:
    settings = Settings(camera=str(cut_out), crop="whole")
    pipeline = Pipeline(classifier, settings)
    with make_camera(settings) as camera:
        for frame in camera:
            (face,) = pipeline.step(frame).faces
            side = classifier.card.height
            scores = classifier.scores(resize(frame.grey, side, side))
            assert (face.id, face.box) == (1, Box(0, 0, 48, 48))
            assert face.scores == dict(zip(classifier.labels, map(float, scores), strict=True))


def test_a_recording_is_one_face_from_its_first_frame_to_its_last(classifier: Classifier) -> None:
    pipeline = Pipeline(classifier, Settings(crop="whole"))
    readings = [pipeline.step(frame) for frame in film(1, one_face)]
    assert {tuple(face.id for face in reading.faces) for reading in readings} == {(1,)}
    runs = sum(reading.faces[0].scores is not None for reading in readings)
    assert 9 <= runs <= 11  # ten times a second, as of any face


def test_a_region_is_all_there_is(classifier: Classifier, tmp_path: Path) -> None:
    picture = np.zeros((200, 300, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "a.png"), picture)
    settings = Settings(camera=str(tmp_path / "a.png"), crop="whole", region="100x80+50+40")
    with make_camera(settings) as camera:
        (face,) = Pipeline(classifier, settings).step(next(iter(camera))).faces
    assert face.box == Box(0, 0, 100, 80)
