"""FER-2013's CSV as class folders of PNG files."""

from pathlib import Path

import cv2
from tqdm import tqdm

from device.errors import DataError, UsageError
from train.sources.csvfile import read_csv
from train.sources.folders import SPLIT_FOLDERS
from train.sources.table import USAGES


def write_class_folders(csv_path: Path, out: Path, skip_broken: bool = False) -> tuple[int, int]:
    """Write `out/train/happy/Training_7.png` and so on; the number is the row of the CSV.

    Files that stand there already with the same content stay untouched, so running it again is cheap, and a run that
    was cut off is completed.

    Returns:
        (files written, files that were there already).

    Raises:
        DataError: the CSV is broken (unless `skip_broken`).
        UsageError: the folder holds images that are not of this CSV.
    """
    if csv_path.suffix.lower() != ".csv" or not csv_path.is_file():
        raise DataError(f"{csv_path}: no such CSV file")
    table = read_csv(csv_path, skip_broken)
    folder_of = {usage: name for name, usage in SPLIT_FOLDERS.items()}
    assert set(folder_of) == set(USAGES)
    wanted = {
        out / folder_of[usage] / table.names[label] / f"{usage}_{row}.png": image
        for usage, label, row, image in zip(table.usage, table.labels, table.rows, table.images, strict=True)
    }
    strangers = sorted(set(out.glob("*/*/*.png")) - set(wanted)) if out.is_dir() else []
    if strangers:
        raise UsageError(
            f"{strangers[0]} (and {len(strangers) - 1} more) is not from {csv_path}: choose an empty --out"
        )
    written = 0
    for folder in {file.parent for file in wanted} | {
        out / split / name for split in ("train", "test") for name in table.names
    }:
        folder.mkdir(parents=True, exist_ok=True)
    for file, image in tqdm(wanted.items(), desc=f"writing {out}/", unit=" images"):
        content = cv2.imencode(".png", image)[1].tobytes()
        if file.exists() and file.read_bytes() == content:
            continue
        partial = file.with_suffix(".partial")
        partial.write_bytes(content)
        partial.replace(file)
        written += 1
    return written, len(wanted) - written
