"""Words in place of a picture."""

import cv2

from device.drawing.words import wrap, write


def test_words_fit_the_screen() -> None:
    path = "/dev/v4l/by-id/usb-" + "x" * 200
    lines = wrap(f"no camera {path}: plug one in; cameras that are there: none", 1120)
    assert "".join(lines).replace(" ", "") == f"nocamera{path}:plugonein;camerasthatarethere:none"
    assert all(cv2.getTextSize(line, cv2.FONT_HERSHEY_DUPLEX, 1.1, 2)[0][0] <= 1120 for line in lines)
    picture = write("Waiting", path)
    assert picture[:, :60].max() == picture[:, -60:].max() == 0 < picture.max()
