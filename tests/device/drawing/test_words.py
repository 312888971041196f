"""Words in place of a picture."""

import cv2

from device.drawing.words import wrap, write


def test_letters_stay_and_what_is_none_is_safe() -> None:
    assert wrap("no camera /dev/Müller 猫\udcfc", 1000) == ["no camera /dev/Müller 猫\\xfc"]


def test_words_fit_the_screen() -> None:
    path = "/dev/v4l/by-id/usb-" + "x" * 200
    lines = wrap(f"no camera {path}: plug one in; cameras that are there: \u2026 none", 1120)
    assert "".join(lines).replace(" ", "") == f"nocamera{path}:plugonein;camerasthatarethere:\u2026none"
    assert all(cv2.getTextSize(line, cv2.FONT_HERSHEY_DUPLEX, 1.1, 2)[0][0] <= 1120 for line in lines)
    picture = write("Waiting", path)
    assert picture[:, :60].max() == picture[:, -60:].max() == 0 < picture.max()
