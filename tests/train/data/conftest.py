"""The same small set of drawn faces in every format that training reads."""

from pathlib import Path

import numpy as np
import pytest

from tests import faces_data

COUNT = 140


@pytest.fixture(scope="session")
def everything(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same images as CSV (both editions), class folders and npz."""
    folder = tmp_path_factory.mktemp("formats")
    images, labels = faces_data.faces(COUNT)
    usage = faces_data.usages(COUNT)
    votes = faces_data.votes_for(labels)
    np.savez(folder / "f.npz", images=images, labels=labels, usage=usage, ferplus_votes=votes)
    return {
        "csv": faces_data.write_csv(folder / "fer2013.csv", images, labels, usage),
        "spaced": faces_data.write_csv(folder / "icml_face_data.csv", images, labels, usage, spaced=True),
        "folders": faces_data.write_folders(folder / "tree", images, labels, usage),
        "npz": folder / "f.npz",
        "ferplus": faces_data.write_ferplus(folder / "fer2013new.csv", votes, usage),
    }
