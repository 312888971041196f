"""The measuring itself; never how fast it is."""

import itertools
import json
from pathlib import Path

import pytest

from device.bench import Comparison, Naive, compare, repeat, table
from device.camera.make import make_camera
from device.contract import Box, Face, Reading
from device.kiosk import make_pipeline
from device.settings.settings import Settings
from tests.conftest import SHORT, error_lines, run_command

pytestmark = pytest.mark.once


def reading(index: int, emotion: str | None, box: Box) -> Reading:
    return Reading(index, index / 10, (Face(1, box, emotion, 0.9, None, None if emotion else "close scores"),), {})


def test_bench_prints_a_table_and_keeps_the_figures(short_recording: Path, tmp_path: Path) -> None:
    result = run_command("device", "bench", short_recording, "--repeats", 2, "--json", tmp_path / "bench.json")
    assert (result.returncode, result.stderr) == (0, "")  # no bar in a log
    figures = json.loads((tmp_path / "bench.json").read_text())
    assert figures["frames"] == SHORT
    assert figures["naive_faces_found"] > 0.97
    assert set(figures["stages_ms"]) == {"detect", "classify", "total"}
    assert 0 < figures["processor_ms"]["median"] <= figures["processor_ms"]["p95"]
    assert len(figures["shares_of_naive"]) == 2
    assert min(figures["shares_of_naive"]) <= figures["share_of_naive"] <= max(figures["shares_of_naive"])
    assert table(figures) in result.stdout


def test_what_cannot_be_measured_is_one_line(drawn_recording: Path, tmp_path: Path) -> None:
    for words, status in (
        (["/dev/video0"], 2),
        ([tmp_path / "none.mp4"], 2),
        ([drawn_recording, "--json", tmp_path / "no" / "bench.json"], 2),
    ):
        result = run_command("device", "bench", *words)
        assert (result.returncode, len(error_lines(result))) == (status, 1), result.stderr


def test_no_repeats_are_none() -> None:
    assert run_command("device", "bench", "--repeats", 0).returncode == 2


def test_repeats_give_each_frame_its_median(drawn_recording: Path) -> None:
    with make_camera(Settings(camera=str(drawn_recording))) as camera:
        frames = list(itertools.islice(camera, 12))
    result = repeat(lambda: iter(frames), Settings(), 3)
    assert len(result.ours_ms) == len(result.naive_ms) == len(result.stages_ms["total"]) == 12
    once = compare(iter(frames), make_pipeline(Settings()), Naive(make_pipeline(Settings()).classifier))
    assert (result.faces, result.found, result.naive_faces) == (once.faces, once.found, once.naive_faces)
    assert len(result.shares) == 3


def test_faces_found_and_label_changes_are_counted() -> None:
    box, elsewhere = Box(100, 100, 80, 80), Box(300, 100, 80, 80)
    comparison = Comparison(ours_ms=[1.0] * 4, naive_ms=[2.0] * 4)
    comparison.take(reading(0, "happy", box), [(box, "happy")])
    comparison.take(reading(1, "happy", box), [(box, "sad"), (elsewhere, "sad")])
    comparison.take(reading(2, "happy", box), [(box, "happy")])
    comparison.take(reading(3, None, box), [(box, "sad")])
    figures = comparison.summary()
    assert figures["naive_faces_found"] == 4 / 5
    assert (figures["label_changes"], figures["raw_label_changes"]) == (1, 3)
    assert figures["unsure"] == 1 / 4
    assert figures["share_of_naive"] == 0.5
