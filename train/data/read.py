"""The formats that labelled faces come in; each reader returns one Table."""

from pathlib import Path

from device.errors import DataError
from device.net.card import Card
from train.data.csvfile import SIDE, read_csv
from train.data.cut import Cutter, usual_card
from train.data.folders import read_folders
from train.data.npz import read_npz
from train.data.table import Table

__all__ = ["SIDE", "Table", "read"]


def read(
    path: Path, size: int = SIDE, skip_broken: bool = False, crop: str = "auto", card: Card | None = None
) -> Table:
    """Read a FER-2013 CSV, class folders or an .npz, told apart by what PATH is.

    Args:
        size: of the images, pixels, both ways.
        crop: what of each picture is taken, one of train.data.cut.CROPS.
        card: of the model that is to see them; by default that of a net that is trained here.

    Raises:
        DataError: PATH is missing, of no known kind, or holds broken rows (unless `skip_broken`).
    """
    cutter = Cutter(crop, card or usual_card(size))
    if path.is_dir():
        return read_folders(path, cutter, skip_broken)
    if not path.exists():
        raise DataError(f"{path}: no such file or folder (FER-2013 is on Kaggle: see README, 'Data')")
    if path.suffix.lower() == ".npz":
        return read_npz(path, cutter, skip_broken)
    if path.suffix.lower() == ".csv":
        table = read_csv(path, skip_broken)
        if crop == "face":
            raise DataError(f"{path}: its {SIDE}x{SIDE} images are faces that are cut out already: leave --crop out")
        table.taken.crop = crop
        if size != SIDE:
            raise DataError(f"{path}: FER-2013's CSV holds {SIDE}x{SIDE} images; this model wants {size}x{size}")
        return table
    raise DataError(f"{path}: neither .csv, .npz nor a folder of class folders")
