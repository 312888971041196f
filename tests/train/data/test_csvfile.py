"""FER-2013's CSV: each broken row stops the run or is skipped and counted."""

from pathlib import Path

import pytest

from device.errors import DataError
from tests.train.data.conftest import COUNT
from train.data import read, splits

BROKEN_ROWS = {
    "wrong pixel count": ("3", " ".join(["7"] * 2303), "Training", "2303 pixels instead of 2304"),
    "label out of range": ("7", " ".join(["7"] * 2304), "Training", "emotion '7'"),
    "label no number": ("happy", " ".join(["7"] * 2304), "Training", "emotion 'happy'"),
    "pixel no number": ("3", " ".join(["7"] * 2303 + ["x9"]), "Training", "pixel 'x9'"),
    "negative pixel": ("3", " ".join(["7"] * 2303 + ["-9"]), "Training", "pixel '-9'"),
    "pixel too large": ("3", " ".join(["7"] * 2303 + ["256"]), "Training", "pixel 256 is over 255"),
    "no pixels": ("3", "", "Training", "0 pixels"),
    "unknown usage": ("3", " ".join(["7"] * 2304), "Train", "Usage 'Train'"),
    "pixel beyond 32 bits": ("3", " ".join(["7"] * 2303 + ["4294967296"]), "Training", "is over 255"),
    "pixel beyond 64 bits": ("3", " ".join(["7"] * 2303 + ["9" * 20]), "Training", "is over 255"),
    "an endless field": ("3", "7" * 200_000, "Training", "1 pixels"),
    "cut off": ("3", "7 7 7", "", "3 pixels"),
}


@pytest.mark.parametrize("name", BROKEN_ROWS)
def test_a_broken_row_stops_the_run_or_is_skipped_and_counted(
    everything: dict[str, Path], tmp_path: Path, name: str
) -> None:
    label, pixels, usage, reason = BROKEN_ROWS[name]
    lines = everything["csv"].read_text().splitlines()
    lines.insert(8, f"{label},{pixels},{usage}")
    path = tmp_path / "fer2013.csv"
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(DataError, match="row 7") as error:
        read.read(path)
    assert reason in str(error.value)
    assert "\n" not in str(error.value)
    table = read.read(path, skip_broken=True)
    assert (len(table), table.skipped) == (COUNT, 1)
    assert "left out: row 7 (line 9): " in splits.describe(splits.load(path, skip_broken=True))


def test_headers_in_any_case_and_blank_lines(everything: dict[str, Path], tmp_path: Path) -> None:
    lines = everything["csv"].read_text().splitlines()
    path = tmp_path / "fer2013.csv"
    path.write_text("\ufeffEmotion,PIXELS,usage\r\n" + "\r\n".join([*lines[1:9], "", *lines[9:], ""]) + "\r\n")
    assert splits.load(path).report == splits.load(everything["csv"]).report


def test_without_a_usage_column_everything_is_training_and_it_is_said(
    everything: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [line.rsplit(",", 1)[0] for line in everything["csv"].read_text().splitlines()]
    path = tmp_path / "train.csv"
    path.write_text("\n".join(lines) + "\n")
    assert len(splits.load(path).test) == 0
    assert "no Usage column" in capsys.readouterr().out
