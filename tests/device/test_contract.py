"""What the parts hand to one another."""

import pytest

from device.contract import Box

pytestmark = pytest.mark.once


def test_overlap() -> None:
    assert Box(0, 0, 10, 10).overlap(Box(5, 0, 10, 10)) == pytest.approx(1 / 3)
    assert Box(0, 0, 10, 10).overlap(Box(10, 0, 10, 10)) == 0
    assert Box(3, 4, 5, 6).overlap(Box(3, 4, 5, 6)) == 1
