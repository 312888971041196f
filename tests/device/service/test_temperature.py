"""The thermometer on a folder like sysfs."""

from pathlib import Path

import pytest

from device.service.temperature import read_celsius

pytestmark = pytest.mark.once


def test_the_hottest_zone_counts_and_none_is_no_error(tmp_path: Path) -> None:
    assert read_celsius(tmp_path) is None
    for number, text in enumerate(["41000\n", "52500\n", "broken"]):
        zone = tmp_path / f"sys/class/thermal/thermal_zone{number}"
        zone.mkdir(parents=True)
        (zone / "temp").write_text(text)
    assert read_celsius(tmp_path) == 52.5
