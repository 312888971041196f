"""The conditions change what they say, and the table scores them."""

import numpy as np
import pytest

from tests import faces_data
from train.score import robustness


@pytest.fixture
def image() -> np.ndarray:
    return faces_data.faces(7)[0][3]


def test_a_shift_moves_the_picture_by_its_share_of_the_side(image: np.ndarray) -> None:
    right = robustness.moved(x=0.125)(image)  # 6 of 48 pixels
    np.testing.assert_allclose(right[:, 6:].astype(int), image[:, :-6], atol=1)
    assert (right[:, :6] == right[:, :1]).all()  # the edge is repeated


def test_light_blur_noise_and_distance(image: np.ndarray) -> None:
    plain = image.astype(float)
    assert robustness.lit(offset=40)(np.full((2, 2), 100, np.uint8)).tolist() == [[140, 140]] * 2
    assert robustness.lit(offset=40)(np.full((2, 2), 250, np.uint8)).max() == 255
    assert robustness.lit(gain=0.5)(image).std() == pytest.approx(plain.std() / 2, rel=0.05)
    noisy = robustness.noisy(10)(np.full((48, 48), 128, np.uint8))
    assert noisy.std() == pytest.approx(10, rel=0.1)
    assert (noisy == robustness.noisy(10)(np.full((48, 48), 128, np.uint8))).all()
    detail = [np.abs(np.diff(change(image).astype(float), axis=1)).mean() for change in
              (lambda x: x, robustness.distant(32), robustness.distant(24), robustness.blurred(3))]  # fmt: skip
    assert detail == sorted(detail, reverse=True)


def test_the_table_means_over_variants_and_starts_with_the_unchanged_images() -> None:
    images, labels = faces_data.faces(70)
    seen: list[np.ndarray] = []

    def predict(changed: np.ndarray) -> np.ndarray:
        seen.append(changed)
        probabilities = np.eye(7)[labels]
        if len(seen) == 2:  # the first variant of "box 10 % off": all wrong
            probabilities = np.roll(probabilities, 1, axis=1)
        return probabilities

    rows = robustness.table(images, labels, np.where(np.arange(70) < 35, labels, -1), predict)
    assert (seen[0] == images).all()
    assert [row["condition"] for row in rows] == ["as it is", *(c.name for c in robustness.CONDITIONS)]
    assert rows[0]["accuracy"] == 1.0
    assert (rows[1]["accuracy"], rows[1]["consensus"]) == (0.75, 0.75)
    assert all(not (changed == images).all() for changed in seen[1:])
