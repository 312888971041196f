"""Two trainings never write to one run folder."""

from pathlib import Path

from tests.conftest import error_lines, fit_words, run_here
from train.learn.one_at_a_time import alone_in


def test_a_run_folder_is_written_by_one_training_at_a_time(npz: Path, tmp_path: Path) -> None:
    with alone_in(tmp_path / "run"):
        second = run_here("train", *fit_words(npz, tmp_path / "run"), "--resume")
    assert second.returncode == 2
    assert error_lines(second)[0].startswith(f"error: another training writes to {tmp_path / 'run'}")
    with alone_in(tmp_path / "run"):
        pass  # who has ended holds it no longer
