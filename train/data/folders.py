"""Class folders: one folder a label, with or without `train/` and `test/` above them."""

from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError
from tqdm import tqdm

from device.errors import DataError
from device.net.crop import resize
from train.data.labels import canonical, ordered
from train.data.table import PRIVATE_TEST, PUBLIC_TEST, TRAINING, BrokenRows, Table

SPLIT_FOLDERS = {"train": TRAINING, "test": PUBLIC_TEST, "private": PRIVATE_TEST}
IMAGE_SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".pgm", ".ppm", ".tif", ".tiff", ".webp", ".gif"}


def read_folders(path: Path, size: int, skip_broken: bool = False) -> Table:
    """Every image below the class folders, as grey [size, size].

    Raises:
        DataError: no class folders, a folder beside train/ and test/ that is neither, or an unreadable image
            unless `skip_broken`.
    """
    listed = _list_images(path)
    names = ordered(canonical(file.parent.name) for file, _ in listed)
    index = {name: number for number, name in enumerate(names)}
    broken = BrokenRows(skip_broken, str(path))
    images, labels, usages, files, rows = [], [], [], [], []
    for row, (file, usage) in enumerate(tqdm(listed, desc=f"reading {path.name}/", unit=" images")):
        try:
            images.append(_read_grey(file, size))
        except ValueError as error:
            broken.meet(str(file.relative_to(path)), str(error))
            continue
        labels.append(index[canonical(file.parent.name)])
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
        usage_known=any(usage != TRAINING for _, usage in listed),
        skipped=len(broken),
    )


def _list_images(path: Path) -> list[tuple[Path, str]]:
    """(file, usage) of every image, in a fixed order."""
    folders = sorted(f for f in path.iterdir() if f.is_dir() and not f.name.startswith("."))
    if any(folder.name in SPLIT_FOLDERS for folder in folders):
        strange = [folder.name for folder in folders if folder.name not in SPLIT_FOLDERS]
        if strange:
            raise DataError(
                f"{path}: beside train/ and test/ stands {strange[0]}/: is it a class or a split? "
                f"Move it away, or into one of {', '.join(f'{name}/' for name in SPLIT_FOLDERS)}"
            )
        classes = [(c, SPLIT_FOLDERS[f.name]) for f in folders for c in sorted(f.iterdir()) if c.is_dir()]
    else:
        classes = [(folder, TRAINING) for folder in folders]
    listed = [
        (file, usage)
        for folder, usage in classes
        for file in sorted(folder.rglob("*"))
        if file.suffix.lower() in IMAGE_SUFFIXES and not file.name.startswith(".")
    ]
    if not listed:
        raise DataError(f"{path}: no images in class folders: expected {path}/happy/x.png or {path}/train/happy/x.png")
    return listed


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
