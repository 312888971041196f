"""What a net is asked to say: labels, votes and teachers in the shares asked for."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from device.errors import UsageError
from tests import faces_data
from train.data import splits
from train.data.labels import FER2013
from train.learn import targets
from train.teach import teachers


def test_targets_mix_label_votes_and_teachers_in_the_shares_asked_for(tmp_path: Path) -> None:
    split = splits.load(faces_data.write_npz(tmp_path / "drawn.npz", 700)).train
    split.votes[0] = [0, 0, 0, 0, 0, 0, 0, 0, 3, 7]  # no face
    split.votes[1] = 0  # not voted on
    own, neutral = split.labels[2], FER2013.index("neutral")
    mixed = targets.mixed(split, FER2013, 0.5)
    assert mixed[0].sum() == 0
    assert mixed[1].tolist() == np.eye(7)[split.labels[1]].tolist()
    assert (mixed[2, own], mixed[2, neutral]) == pytest.approx((0.85, 0.15))
    np.testing.assert_allclose(mixed[1:].sum(axis=1), 1, rtol=1e-6)

    order = np.argsort(split.keys)[1:]  # the teachers do not know one of the images
    fear = np.tile(np.eye(7, dtype=np.float16)[FER2013.index("fear")], (len(order), 1))
    soft = teachers.SoftLabels(FER2013, split.keys[order], fear, fear, [])
    taught = targets.mixed(split, FER2013, 0.5, smoothing=0.0, taught=soft, teacher_share=0.6)
    unknown = int(np.argsort(split.keys)[0])
    known = [row for row in range(2, 20) if row != unknown and split.labels[row] != FER2013.index("fear")]
    np.testing.assert_allclose(taught[known, FER2013.index("fear")], 0.6, rtol=1e-3)
    np.testing.assert_allclose(taught[unknown], mixed[unknown])

    apart = targets.apart(split, FER2013, smoothing=0.1)
    assert apart[0].sum() == 0
    assert apart[1, 1].sum() == 0
    assert apart[2, 0, own] == pytest.approx(0.9 + 0.1 / 7)
    assert apart[2, 1, own] == pytest.approx(0.7)
    both = targets.apart(split, FER2013, smoothing=0.1, taught=soft, teacher_share=0.6)
    np.testing.assert_allclose(both[unknown], apart[unknown])
    np.testing.assert_allclose(
        both[known, :, FER2013.index("fear")], 0.6 + 0.4 * apart[known, :, FER2013.index("fear")], rtol=1e-3
    )
    if unknown != 1:
        np.testing.assert_allclose(both[1, 1], fear[0])  # where FER+'s votes are unknown, the teachers' stand alone
    assert both[0].sum() == 0
    with pytest.raises(UsageError, match="--ferplus"):
        targets.apart(dataclasses.replace(split, votes=None), FER2013)
