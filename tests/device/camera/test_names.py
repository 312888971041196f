"""What a camera setting names, told from the name alone."""

from pathlib import Path

import pytest

from device.camera import names

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("name", "number", "device", "mock"),
    [
        ("picamera2", 0, None, False),
        ("picamera2:1", 1, None, False),
        ("picamera2:", None, None, False),
        ("0", None, "/dev/video0", False),
        ("/dev/video12", None, "/dev/video12", False),
        ("/dev/v4l/by-id/usb-x", None, "/dev/v4l/by-id/usb-x", False),
        ("/dev/null", None, None, False),
        ("mock:film.mp4", None, None, True),
        ("film.mp4", None, None, False),
        ("", None, None, False),
    ],
)
def test_each_kind_is_told_from_the_others(name: str, number: int | None, device: str | None, mock: bool) -> None:
    assert names.picamera_number(name) == number
    assert names.webcam_device(name) == (Path(device) if device else None)
    assert names.is_mock(name) == mock
    assert names.is_live(name) == (number is not None or device is not None or mock)


def test_a_mock_plays_the_recording_behind_its_prefix() -> None:
    assert names.recording("mock:film.mp4") == names.recording("film.mp4") == "film.mp4"
