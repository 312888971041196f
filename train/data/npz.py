"""One `.npz`: images uint8 [N,H,W], labels ints, optionally usage, label_names and ferplus_votes [N,10]."""

import zipfile
import zlib
from pathlib import Path

import numpy as np
from tqdm import tqdm

from device.errors import DataError
from train.data.cut import Cutter
from train.data.labels import FER2013, FERPLUS_COLUMNS, canonical
from train.data.table import TRAINING, USAGES, BrokenRows, Table


def read_npz(path: Path, cutter: Cutter, skip_broken: bool = False) -> Table:
    """The archive as a Table of what `cutter` takes of its images.

    Raises:
        DataError: arrays missing or of the wrong shape or type, or a label or usage out of range
            unless `skip_broken`.
    """
    arrays = _load(path)
    images, labels = arrays["images"], arrays["labels"]
    count = len(images)
    names = tuple(canonical(str(name)) for name in np.atleast_1d(arrays.get("label_names", FER2013)).astype(str))
    if len(set(names)) != len(names):
        raise DataError(f"{path}: label_names holds a name twice: {', '.join(names)}")
    usage = np.char.strip(arrays["usage"].astype(str)) if "usage" in arrays else np.full(count, TRAINING)
    votes = arrays.get("ferplus_votes")
    _check_fit(path, count, labels, usage, votes)

    broken = BrokenRows(skip_broken, str(path))
    good = (labels >= 0) & (labels < len(names)) & np.isin(usage, USAGES)
    for row in np.flatnonzero(~good):
        reason = f"label {labels[row]} is not from 0 to {len(names) - 1}"
        broken.meet(f"row {row}", reason if np.isin(usage[row], USAGES) else f"unknown usage {str(usage[row])[:30]!r}")
    kept = np.flatnonzero(good)
    if not len(kept):
        raise DataError(f"{path}: holds no usable row")
    taken = [
        cutter.cut(images[row], names[labels[row]], f"row {row}")
        for row in tqdm(kept, desc="cutting", unit=" images", leave=False)
    ]
    cutter.check_found(str(path))
    kept = kept[[image is not None for image in taken]]
    return Table(
        origin=str(path),
        images=np.stack([image for image in taken if image is not None]),
        labels=labels[kept].astype(np.int64),
        names=names,
        usage=usage[kept],
        rows=kept.astype(np.int64),
        votes=None if votes is None else votes[kept].astype(np.uint8),
        usage_known="usage" in arrays,
        broken=tuple(broken.reasons),
        taken=cutter.taken,
    )


def _load(path: Path) -> dict[str, np.ndarray]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in tqdm(archive.files, desc=f"reading {path.name}", unit=" arrays")}
    except (ValueError, TypeError, OSError, EOFError, AttributeError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"{path}: not readable as .npz ({str(error)[:80]})") from error
    for name in ("images", "labels"):
        if name not in arrays:
            raise DataError(f"{path}: has no array {name!r}, only {', '.join(arrays) or 'nothing'}")
    if arrays["images"].ndim == 4 and arrays["images"].shape[-1] == 1:
        arrays["images"] = arrays["images"][..., 0]
    images, labels = arrays["images"], arrays["labels"]
    if images.dtype != np.uint8 or images.ndim != 3 or 0 in images.shape[1:]:
        raise DataError(f"{path}: images must be uint8 [N,H,W], not {images.dtype} {list(images.shape)}")
    if not np.issubdtype(labels.dtype, np.integer) or labels.ndim != 1:
        raise DataError(f"{path}: labels must be whole numbers [N], not {labels.dtype} {list(labels.shape)}")
    return arrays


def _check_fit(path: Path, count: int, labels: np.ndarray, usage: np.ndarray, votes: np.ndarray | None) -> None:
    if labels.shape != (count,) or usage.shape != (count,):
        raise DataError(f"{path}: {count} images, {labels.size} labels and {usage.size} usages do not fit")
    if votes is None:
        return
    if not np.issubdtype(votes.dtype, np.integer) or votes.shape != (count, len(FERPLUS_COLUMNS)):
        raise DataError(
            f"{path}: ferplus_votes must be whole numbers [{count},10], not {votes.dtype} {list(votes.shape)}"
        )
    if votes.size and not 0 <= votes.min() <= votes.max() <= 255:
        raise DataError(f"{path}: ferplus_votes must be from 0 to 255")
