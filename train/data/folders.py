"""Class folders: the images that `layout` finds, as a Table."""

from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError
from tqdm import tqdm

from device.errors import DataError
from device.net.crop import resize
from train.data import layout
from train.data.labels import ordered
from train.data.table import TRAINING, BrokenRows, Table


def read_folders(path: Path, size: int, skip_broken: bool = False) -> Table:
    """Every image below the class folders, as grey [size, size].

    Raises:
        DataError: no class folders, folders that cannot be told (see layout.find), or an unreadable image
            unless `skip_broken`.
    """
    found = layout.find(path)
    names = ordered(image.label for image in found.images)
    index = {name: number for number, name in enumerate(names)}
    broken = BrokenRows(skip_broken, str(path))
    images, labels, usages, files, rows = [], [], [], [], []
    for row, (file, label, usage) in enumerate(tqdm(found.images, desc=f"reading {path.name}/", unit=" images")):
        try:
            images.append(_read_grey(file, size))
        except ValueError as error:
            broken.meet(str(file.relative_to(path)), str(error))
            continue
        labels.append(index[label])
        usages.append(usage)
        files.append(file.name)
        rows.append(row)
    if not images:
        raise DataError(f"{path}: holds no readable image")
    return Table(
        origin=str(path),
        images=np.stack(images),
        labels=np.array(labels, dtype=np.int64),
        names=names,
        usage=np.array(usages),
        rows=np.array(rows, dtype=np.int64),
        files=tuple(files),
        usage_known=any(image.usage != TRAINING for image in found.images),
        broken=tuple(broken.reasons),
        remarks=tuple(found.remarks),
    )


def _read_grey(file: Path, size: int) -> np.ndarray:
    # Pillow and not OpenCV: it refuses a truncated image, where OpenCV fills the rest with grey and says nothing.
    try:
        with Image.open(file) as image:
            if image.mode[0] in "IF":  # Pillow would clip 16 bits to white instead of scaling them
                raise ValueError(f"{image.mode} pixels; 8-bit grey or colour is wanted")
            grey = np.asarray(image.convert("L"))
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"not readable as an image ({str(error).split(':')[0][:60]})") from error
    return resize(grey, size, size)
