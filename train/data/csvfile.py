"""Kaggle's `fer2013.csv` (emotion,pixels,Usage) and `icml_face_data.csv` (emotion, Usage, pixels)."""

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from tqdm import tqdm

from device.errors import DataError
from train.data.cut import SMALL, Taken
from train.data.labels import FER2013
from train.data.table import TRAINING, USAGES, BrokenRows, Table

SIDE = 48  # pixels, both ways, in every edition of FER-2013


def read_csv(path: Path, skip_broken: bool = False) -> Table:
    """The whole file as a Table; 270 MB take some seconds and a few times their pixels (80 MB) in memory.

    Raises:
        DataError: not a FER-2013 CSV, or a broken row (wrong pixel count, a label out of range, non-numbers)
            unless `skip_broken`.
    """
    broken = BrokenRows(skip_broken, str(path))
    images: list[np.ndarray] = []
    labels: list[int] = []
    usages: list[str] = []
    kept: list[int] = []
    has_usage = False
    for row, (line, record) in enumerate(_records(path)):
        has_usage = "usage" in record
        where = f"row {row} (line {line})"
        try:
            label, image = _label(record["emotion"]), _image(record["pixels"])
            usage = record.get("usage", TRAINING).strip()
            if usage not in USAGES:
                raise ValueError(f"Usage {usage[:30]!r} is none of {', '.join(USAGES)}")
        except ValueError as error:
            broken.meet(where, str(error))
            continue
        images.append(image)
        labels.append(label)
        usages.append(usage)
        kept.append(row)
    if not images:
        raise DataError(f"{path}: holds no usable row")
    if not has_usage:
        print(f"{path}: no Usage column, so every row counts as {TRAINING}")
    return Table(
        origin=str(path),
        images=np.stack(images),
        labels=np.array(labels, dtype=np.int64),
        names=FER2013,
        usage=np.array(usages),
        rows=np.array(kept, dtype=np.int64),
        usage_known=has_usage,
        broken=tuple(broken.reasons),
        taken=Taken(counts=Counter({SMALL: len(images)})),
    )


def _records(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and column name (lower case) to text of each row, with a progress bar over the file's bytes."""
    csv.field_size_limit(2**31 - 1)  # a field of any length is a broken row, not the end of the run
    with (
        path.open("rb") as raw,
        tqdm(total=path.stat().st_size, desc=f"reading {path.name}", unit="B", unit_scale=True) as bar,
    ):

        def lines() -> Iterator[str]:
            for line in raw:
                bar.update(len(line))
                yield line.decode("utf-8-sig", errors="replace")

        try:
            reader = csv.reader(lines())
            header = [name.strip().lower() for name in next(reader, [])]
            if not {"emotion", "pixels"} <= set(header):
                raise DataError(
                    f"{path}: no FER-2013 CSV: its first line must name the columns emotion and pixels, "
                    f"not {', '.join(header)[:60]!r}"
                )
            for values in reader:
                if not values:  # a blank line is no row
                    continue
                values += [""] * (len(header) - len(values))  # a line that was cut off
                yield reader.line_num, dict(zip(header, values, strict=False))
        except csv.Error as error:
            raise DataError(f"{path}: not readable as CSV: {error}") from error


def _label(text: str) -> int:
    if not text.strip().isdecimal() or int(text) >= len(FER2013):
        raise ValueError(f"emotion {text.strip()[:20]!r} is not a number from 0 to {len(FER2013) - 1}")
    return int(text)


def _image(text: str) -> np.ndarray:
    digits = "".join(text.split())
    if digits and not (digits.isascii() and digits.isdigit()):
        strange = next(word for word in text.split() if not (word.isascii() and word.isdigit()))
        raise ValueError(f"pixel {strange[:20]!r} is not a number from 0 to 255")
    # int64: a number that is too large stays the largest one, where int32 would wrap round to a pixel.
    pixels = np.fromstring(text, dtype=np.int64, sep=" ") if digits else np.empty(0, np.int64)
    if pixels.size != SIDE * SIDE:
        raise ValueError(f"{pixels.size} pixels instead of {SIDE * SIDE}")
    if pixels.max() > 255:
        raise ValueError(f"pixel {pixels.max()} is over 255")
    return pixels.astype(np.uint8).reshape(SIDE, SIDE)
