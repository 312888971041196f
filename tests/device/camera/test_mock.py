"""The camera that stands in, with its faults."""

import contextlib
from pathlib import Path

import numpy as np
import pytest

from device.camera.make import make_camera
from device.camera.mock import MockCamera
from device.errors import UsageError
from tests.conftest import error_lines, run_command
from tests.scenes import HEIGHT, WIDTH, film, settings


def test_faults_of_the_mock_come_as_asked_and_each_time_alike(tmp_path: Path) -> None:
    path = str(film(tmp_path / "film.mkv", count=100, rate=500))

    def read(*faults: str) -> list[tuple[float, np.ndarray | None]]:
        """(second, grey picture or None) of each picture that the driver gives."""
        driver, read = MockCamera(make_camera(settings(path)), faults), []
        driver.open()
        with contextlib.suppress(EOFError):
            while True:
                second = round(driver.grab() - driver._clock.started, 3)
                picture = driver.retrieve()
                read.append((second, None if picture is None else picture.grey))
        driver.close()
        return read

    whole = read()
    assert len(whole) == 100
    assert 60 <= len(read("drop 0.25")) <= 90
    assert 10 <= sum(grey is None for _, grey in read("break 0.25")) <= 40
    upper, lower = slice(0, HEIGHT // 2 - 8), slice(HEIGHT // 2 + 8, None)
    torn = [grey for _, grey in read("tear 0.5") if grey is not None and grey[lower, : WIDTH // 4].std() > 20]
    assert 30 <= len(torn) <= 70
    assert all((grey[upper] == whole[0][1][upper]).all() for grey in torn)  # type: ignore[index]
    assert [second for second, _ in read("drop 0.5")] == [second for second, _ in read("drop 0.5")]


@pytest.mark.parametrize("fault", ["stal 3", "stall", "drop 2", "break -1", "stall x"])
def test_a_fault_that_is_none_is_named(tmp_path: Path, fault: str) -> None:
    with pytest.raises(UsageError, match="mock_faults"):
        make_camera(settings(f"mock:{film(tmp_path / 'film.mkv')}", mock_faults=(fault,)))


def test_a_recording_that_is_none_is_named_by_the_mock_too(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(b"no film")
    result = run_command("device", "run", "--camera", f"mock:{tmp_path / 'film.mp4'}")
    assert (result.returncode, len(error_lines(result))) == (2, 1)
