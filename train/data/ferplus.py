"""FER+: ten annotators' votes for each image of FER-2013 (Barsoum et al. 2016, `fer2013new.csv`)."""

import csv
import re
from pathlib import Path

import numpy as np

from device.errors import DataError
from train.data.labels import FERPLUS_COLUMNS, canonical
from train.data.table import PRIVATE_TEST, TRAINING, VALIDATION, Table

NOT_A_FACE = FERPLUS_COLUMNS.index("NF")
MAJORITY = 5  # a consensus needs more votes than this, of ten

_ROW_NAME = re.compile(r"(Training|PublicTest|PrivateTest)_0*(\d+)\.")


def join(table: Table, path: Path) -> np.ndarray:
    """Votes for each image of the table, uint8 [N, 10].

    Images of class folders are found by file name (`fer0000012.png` as FER+ names them, or `Training_12.png`, the
    row of fer2013.csv, as `train images` writes them); rows of a CSV or npz by their row.

    Raises:
        DataError: the votes cannot be joined; one line says why.
    """
    names, usages, votes = _read(path)
    if table.files is None:
        index = table.rows
        what = f"has {int(table.rows.max()) + 1} rows"
    else:
        index = np.array([_row_of(file, names) for file in table.files])
        what = "has files whose names FER+ does not know"
    outside = ((index < 0) | (index >= len(votes))) & (table.usage != PRIVATE_TEST)
    if outside.any():
        example = f" ({table.files[int(np.flatnonzero(outside)[0])]})" if table.files else ""
        raise DataError(
            f"{path}: votes cannot be joined: {table.origin} {what}{example}, FER+ has {len(votes)} rows "
            "(it goes with the complete fer2013.csv in its own order, or with files named after its rows)"
        )
    known = (index >= 0) & (index < len(votes))
    safe = np.where(known, index, 0)
    told = known & (table.usage != VALIDATION)  # a split that FER+ does not have, and no sign of another order
    if table.usage_known and (usages[safe] != table.usage)[told].any():
        row = int(np.flatnonzero(told & (usages[safe] != table.usage))[0])
        raise DataError(
            f"{path}: votes cannot be joined: row {table.rows[row]} of {table.origin} is {table.usage[row]}, "
            f"FER+ calls it {usages[safe[row]]} (rows in another order?)"
        )
    held_out = known & (usages[safe] != TRAINING)
    if not table.usage_known and held_out.any():
        raise DataError(
            f"{table.origin} does not say which images are for training, and FER+ calls {int(held_out.sum())} of them "
            f"{usages[safe[int(np.flatnonzero(held_out)[0])]]} or the like: put them into train/ and test/ folders, or "
            "keep the column Usage"
        )
    joined = np.where(known[:, None], votes[safe], 0).astype(np.uint8)
    _check_agreement(table, joined, path)
    return joined


def for_labels(votes: np.ndarray, labels: tuple[str, ...]) -> np.ndarray:
    """Votes [N, 10] as votes for a model's labels [N, len(labels)]; a label that FER+ does not know gets none."""
    columns = {canonical(name): number for number, name in enumerate(FERPLUS_COLUMNS)}
    chosen = np.zeros((len(votes), len(labels)), dtype=votes.dtype)
    for number, label in enumerate(labels):
        if canonical(label) in columns:
            chosen[:, number] = votes[:, columns[canonical(label)]]
    return chosen


def consensus(votes: np.ndarray, labels: tuple[str, ...]) -> np.ndarray:
    """int64 [N]: the label that more than 5 of the 10 annotators name, -1 where there is none."""
    counted = for_labels(votes, labels)
    return np.where(counted.max(axis=1) > MAJORITY, counted.argmax(axis=1), -1)


def _read(path: Path) -> tuple[dict[str, int], np.ndarray, np.ndarray]:
    """Row of each image name, usage [N], votes [N, 10]."""
    if not path.is_file():
        raise DataError(f"{path}: no such file (FER+'s fer2013new.csv is wanted)")
    try:
        return _rows(path)
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: not FER+'s fer2013new.csv: is no CSV in UTF-8") from error


def _rows(path: Path) -> tuple[dict[str, int], np.ndarray, np.ndarray]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file)
        missing = {"Usage", "Image name", *FERPLUS_COLUMNS} - set(rows.fieldnames or ())
        if missing:
            raise DataError(f"{path}: not FER+'s fer2013new.csv: column {sorted(missing)[0]!r} is missing")
        names: dict[str, int] = {}
        usages, votes = [], []
        for number, row in enumerate(rows):
            try:
                votes.append([int(row[column]) for column in FERPLUS_COLUMNS])
            except (TypeError, ValueError) as error:
                raise DataError(f"{path}: row {number} (line {number + 2}): votes are not whole numbers") from error
            usages.append(row["Usage"].strip())
            if row["Image name"]:
                names[row["Image name"]] = number
    if not votes:
        raise DataError(f"{path}: holds no votes")
    return names, np.array(usages), np.array(votes, dtype=np.int64)


def _row_of(file: str, names: dict[str, int]) -> int:
    if file in names:
        return names[file]
    match = _ROW_NAME.match(file)
    return int(match[2]) if match else -1


def _check_agreement(table: Table, votes: np.ndarray, path: Path) -> None:
    """Votes of the right images agree with FER-2013's own labels on 72 %; votes of other images on some 20 %."""
    leading = consensus(votes, table.names)
    voted = leading >= 0
    agreement = float((leading == table.labels)[voted].mean()) if voted.any() else 0.0
    if voted.sum() >= 100 and agreement < 0.45:
        raise DataError(
            f"{path}: votes cannot be joined: they agree with only {agreement:.0%} of the labels of {table.origin} "
            "(72 % is usual), so they belong to other images or another order of rows"
        )
