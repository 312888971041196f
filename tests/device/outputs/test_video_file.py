"""A film of what was seen, as long as that took."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from device.contract import Frame, Reading
from device.outputs.video_file import VideoFile


@pytest.mark.parametrize(
    ("times", "pictures"),
    [
        ([0.0, 0.1, 0.2, 0.3], [0, 1, 2, 3]),
        ([5.0, 5.11, 5.19, 5.31], [0, 1, 2, 3]),  # not quite even
        ([0.0, 0.3, 0.6], [0, 0, 0, 1, 1, 1, 2]),  # left out, while nobody is there
        ([0.0, 60.0], [0] + 10 * [0] + [1]),  # hours of rest are not shown
        ([0.0, 0.05, 0.1, 0.5], [0, 1, 2, 2, 2, 3]),  # a camera faster than it says
    ],
)
def test_a_video_lasts_as_long_as_what_was_seen(tmp_path: Path, times: list[float], pictures: list[int]) -> None:
    with VideoFile(tmp_path / "o.mp4", lambda: 10.0) as video:
        for shade, time in enumerate(times):
            image = np.full((48, 64, 3), 40 + 50 * shade, np.uint8)
            video.show(Frame(shade, time, image[..., 0], image), Reading(shade, time, ()))
    film = cv2.VideoCapture(str(tmp_path / "o.mp4"))
    seen = [round((film.read()[1].mean() - 40) / 50) for _ in range(int(film.get(cv2.CAP_PROP_FRAME_COUNT)))]
    assert seen == pictures
