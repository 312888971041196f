"""FER-2013's CSV as class folders of PNG files."""

from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from device.errors import DataError, UsageError
from device.process import whole_file
from train.data.csvfile import read_csv
from train.data.layout import FOLDER_OF


def write_class_folders(csv_path: Path, out: Path, skip_broken: bool = False) -> tuple[int, int]:
    """Write `out/train/happy/Training_7.png` and so on; the number is the row of the CSV.

    Files that stand there already with the same picture stay untouched, so running it again is cheap; missing and
    damaged ones are written, so a run that was cut off is completed.

    Returns:
        (files written, files that were there already).

    Raises:
        DataError: the CSV is broken (unless `skip_broken`).
        UsageError: the folder holds images that are not of this CSV.
    """
    if csv_path.suffix.lower() != ".csv" or not csv_path.is_file():
        raise DataError(f"{csv_path}: no such CSV file")
    table = read_csv(csv_path, skip_broken)
    wanted = {
        out / FOLDER_OF[usage] / table.names[label] / f"{usage}_{row}.png": image
        for usage, label, row, image in zip(table.usage, table.labels, table.rows, table.images, strict=True)
    }
    strangers = sorted(set(out.glob("*/*/*.png")) - set(wanted)) if out.is_dir() else []
    strangers += [file for file, image in wanted.items() if file.exists() and _is_another(file, image)]
    if strangers:
        raise UsageError(
            f"{strangers[0]} (and {len(strangers) - 1} more) is not from {csv_path}: choose an empty --out"
        )
    for folder in {file.parent for file in wanted}:
        folder.mkdir(parents=True, exist_ok=True)
    written = 0
    for file, image in tqdm(wanted.items(), desc=f"writing {out}/", unit=" images"):
        content = cv2.imencode(".png", image)[1].tobytes()
        if file.exists() and file.read_bytes() == content:
            continue
        whole_file.write(file, content, synced=False)  # 35,887 of them; what a power cut damages is written anew
        written += 1
    return written, len(wanted) - written


def _is_another(file: Path, image: np.ndarray) -> bool:
    """Whether a file holds another picture; a damaged one holds none and may be written anew."""
    content = np.fromfile(file, dtype=np.uint8)
    there = cv2.imdecode(content, cv2.IMREAD_GRAYSCALE) if content.size else None
    return there is not None and (there.shape != image.shape or bool((there != image).any()))
