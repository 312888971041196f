"""On real faces and on FER-2013 itself, where they lie beside the project; they are never part of it."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from device.net import model_file
from tests.conftest import SHARED, run_command
from train.data import ferplus, splits
from train.data.labels import FER2013
from train.teach.recipe import KEPT_ANSWERS
from train.teach.teachers import SoftLabels


@pytest.fixture(scope="module")
def fer2013(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """FER-2013's Training and PublicTest in every format that users have."""
    unpack = SHARED / "data" / "unpack.py"
    if not unpack.exists():
        pytest.skip(f"FER-2013 is not here ({unpack.parent})")
    folder = tmp_path_factory.mktemp("fer2013")
    for kind, name in {"csv": "fer2013.csv", "tree": "tree", "ferplus": "fer2013new.csv", "npz": "fer.npz"}.items():
        subprocess.run([sys.executable, str(unpack), kind, str(folder / name)], check=True, timeout=200)
    return folder


def test_csv_folders_and_npz_give_the_same_images_per_split(fer2013: Path) -> None:
    loaded = [splits.load(fer2013 / name, fer2013 / "fer2013new.csv") for name in ("fer2013.csv", "tree", "fer.npz")]
    for split in splits.SPLITS:
        tables = [getattr(one, split) for one in loaded]
        orders = [np.lexsort((table.labels, table.keys)) for table in tables]
        for table, order in zip(tables[1:], orders[1:], strict=True):
            assert (table.images[order] == tables[0].images[orders[0]]).all()
            assert (table.labels[order] == tables[0].labels[orders[0]]).all()
    report = loaded[0].report
    assert report == loaded[1].report == loaded[2].report
    # Counted when the data was prepared: 28,709 and 3,589 rows, 12 of one colour, 279 or 280 that leak.
    assert len(loaded[0].all) == 28709 + 3589
    assert report["test"] == 3589
    assert 0.09 < report["validation"] / 28709 < 0.11
    assert 279 <= report["test_images_also_in_training"] <= 280
    assert not set(loaded[0].train.keys) & (set(loaded[0].test.keys) | set(loaded[0].validation.keys))
    own = loaded[0].test.labels
    for one in loaded:
        voted = ferplus.consensus(one.test.votes, FER2013)
        assert (voted >= 0).sum() == 2854
        assert 0.68 < (voted == one.test.labels)[voted >= 0].mean() < 0.76
        assert len(one.test.labels) == len(own)


def test_the_kept_answers_are_to_every_training_image(fer2013: Path) -> None:
    split = splits.load(fer2013 / "fer.npz").train
    known, answers = SoftLabels.read(KEPT_ANSWERS).of_heads(split.keys, FER2013)
    assert known.all()
    # Better than the labels' agreement with people, or they would not be worth learning from.
    assert (answers[:, 0].argmax(axis=1) == split.labels).mean() > 0.7


@pytest.mark.parametrize(("name", "least", "size"), [("default", 0.68, 1_000_000), ("small", 0.645, 150_000)])
def test_a_bundled_model_scores_what_its_release_says(
    fer2013: Path, tmp_path: Path, name: str, least: float, size: int
) -> None:
    release = Path(__file__).parent.parent / "device" / "models" / name
    words = ["--data", fer2013 / "fer.npz", "--json", tmp_path / "score.json"]
    result = run_command("train", "evaluate", release / "emotion.tflite", *words)
    assert result.returncode == 0, result.stderr
    score = json.loads((tmp_path / "score.json").read_text())
    said = json.loads((release / "emotion.json").read_text())["metrics"]["int8"]
    assert score["accuracy"] == pytest.approx(said["accuracy"], abs=0.001)
    assert score["consensus"]["accuracy"] == pytest.approx(said["consensus"]["accuracy"], abs=0.001)
    assert score["answers"]["labels"]["accuracy"] >= least
    assert score["votes_share"] == model_file.load(release / "emotion.tflite").card.votes_share
    assert (release / "emotion.tflite").stat().st_size < size


def events_of(recording: Path) -> list[dict]:
    result = run_command("device", "replay", recording)
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_face_that_starts_to_smile(media: Path) -> None:
    events = events_of(media / "single_face.mp4")
    assert len(events) == 72
    assert np.mean([bool(event["faces"]) for event in events]) >= 0.9
    smiling = [any(face["emotion"] == "happy" for face in event["faces"]) for event in events]
    assert np.mean(smiling[30:]) >= 0.8
    assert not any(smiling[:12])


def test_nobody_is_seen_where_nobody_is(media: Path) -> None:
    events = events_of(media / "no_face.mp4")
    assert np.mean([not event["faces"] for event in events]) >= 0.95


@pytest.mark.parametrize(
    ("name", "people", "happy"),
    [("single_face.jpg", 1, 1), ("justin.jpg", 1, 1), ("three_people.jpg", 3, 2), ("no-faces.jpg", 0, 0)],
)
def test_photos(media: Path, name: str, people: int, happy: int) -> None:
    (event,) = events_of(media / name)
    assert len(event["faces"]) == people
    assert sum(face["emotion"] == "happy" for face in event["faces"]) >= happy


def test_a_gif_of_a_smiling_face(media: Path) -> None:
    events = events_of(media / "head-pose-male.gif")
    assert len(events) == 62
    assert np.mean([any(face["emotion"] == "happy" for face in event["faces"]) for event in events]) > 0.8
