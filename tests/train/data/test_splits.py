"""Splits: leak-free, and the same whatever the order of rows."""

import dataclasses

import numpy as np
import pytest

from device.errors import DataError
from tests import faces_data
from train.data import splits
from train.data.labels import FER2013
from train.data.table import Table


def table_of(images: np.ndarray, labels: np.ndarray, usage: np.ndarray) -> Table:
    return Table("test", images, labels, FER2013, usage, np.arange(len(images)))


@pytest.fixture(scope="module")
def table() -> Table:
    images, labels = faces_data.faces(400)
    return table_of(images, labels, faces_data.usages(400))


def test_validation_is_about_a_tenth_of_training_and_does_not_follow_the_order(table: Table) -> None:
    first = splits.split(table)
    back = np.arange(len(table))[::-1]
    second = splits.split(
        dataclasses.replace(table, images=table.images[back], labels=table.labels[back], usage=table.usage[back])
    )
    assert 0.05 < len(first.validation) / 320 < 0.16
    assert set(first.validation.keys) == set(second.validation.keys)


def test_no_image_of_validation_or_test_is_trained_on(table: Table) -> None:
    clean = splits.split(table)
    # Copies of test images, of training and of validation images come into Training; and a constant image.
    extra = np.concatenate(
        [clean.test.images[:6], clean.train.images[:4], clean.validation.images[:3], np.full((1, 48, 48), 90, np.uint8)]
    )
    grown = table_of(
        np.concatenate([table.images, extra]),
        np.concatenate([table.labels, np.zeros(len(extra), np.int64)]),
        np.concatenate([table.usage, np.full(len(extra), "Training")]),
    )
    split = splits.split(grown)
    train = set(split.train.keys)
    assert not train & set(split.validation.keys)
    assert not train & set(split.test.keys)
    assert (split.train.images.min(axis=(1, 2)) < split.train.images.max(axis=(1, 2))).all()
    assert set(clean.train.keys) == train
    report = split.report
    assert report["training_images_also_in_test"] == report["test_images_also_in_training"] == 6
    # A copy whose hash puts it in validation is not in train to begin with.
    dropped = report["dropped_from_train_as_in_test"]
    assert 0 < dropped == 6 - (clean.test.keys[:6] % np.uint64(10) == 0).sum()
    assert report["twins_inside_training"] == 7
    assert len(split.train) == len(clean.train) + 4


def test_twins_with_different_labels_are_reported(table: Table) -> None:
    images = np.concatenate([table.images, table.images[:1]])
    labels = np.concatenate([table.labels, (table.labels[:1] + 1) % 7])
    usage = np.concatenate([table.usage, ["Training"]])
    assert splits.split(table_of(images, labels, usage)).report["twins_inside_training_with_different_labels"] == 2


def test_private_test_stays_out_of_everything_but_all(table: Table) -> None:
    usage = table.usage.astype("U11")
    usage[::10] = "PrivateTest"
    images = table.images.copy()
    drawn_twice = next(row for row, key in enumerate(splits.pixel_keys(images)) if row % 10 == 0 and key % 10 != 0)
    images[drawn_twice + 1] = images[drawn_twice]  # a training image that PrivateTest holds too
    split = splits.split(dataclasses.replace(table, usage=usage, images=images))
    sealed = set(splits.pixel_keys(images[::10]))
    for name in splits.SPLITS:
        assert not set(getattr(split, name).keys) & sealed
    assert len(split.all) == len(table)
    assert split.report["private_test_kept_out"] == 40


def test_default_split_is_test_then_validation_then_all(table: Table) -> None:
    assert splits.split(table).split(None)[0] == "test"
    training_only = splits.split(dataclasses.replace(table, usage=np.full(len(table), "Training")))
    assert training_only.split(None)[0] == "validation"
    private_only = splits.split(dataclasses.replace(table, usage=np.full(len(table), "PrivateTest")))
    assert private_only.split(None)[0] == "all"
    with pytest.raises(DataError, match="no image in split 'test'"):
        training_only.split("test")
