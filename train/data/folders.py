"""Class folders: the images that `layout` finds, as a Table."""

from pathlib import Path

import numpy as np
from tqdm import tqdm

from device.errors import DataError
from device.net.picture import read_picture
from train.data import layout
from train.data.cut import Cutter
from train.data.labels import ordered
from train.data.table import TRAINING, BrokenRows, Table


def read_folders(path: Path, cutter: Cutter, skip_broken: bool = False) -> Table:
    """Every image below the class folders, as grey as `cutter` takes it.

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
            image = cutter.cut(read_picture(file), label, str(file.relative_to(path)))
        except DataError as error:
            broken.meet(str(file.relative_to(path)), str(error).removeprefix(f"{file}: "))
            continue
        if image is None:
            continue
        images.append(image)
        labels.append(index[label])
        usages.append(usage)
        files.append(file.name)
        rows.append(row)
    cutter.check_found(str(path))
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
        taken=cutter.taken,
    )
