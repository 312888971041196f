"""Letters that are no ASCII, with the fonts of this machine, without a font, and without Pillow."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from device import kiosk
from device.contract import Box, Face, Frame, Reading
from device.drawing import lettering, overlay, words
from device.drawing.lettering import Style
from device.outputs.contact_sheet import ContactSheet
from device.settings.settings import Settings
from tests import needs

pytestmark = pytest.mark.once

STYLE = Style(cv2.FONT_HERSHEY_DUPLEX, 1.0, 1)


@pytest.fixture(autouse=True)
def _fresh() -> Any:
    lettering.forget()
    yield
    lettering.forget()


@pytest.fixture
def dejavu() -> None:
    needs.module("PIL", pip="pillow")
    if not any(file.name == "DejaVuSans.ttf" for file in lettering.font_files()):
        needs.lack("DejaVu", apt="fonts-dejavu-core")


def _drawn(text: str, style: Style = STYLE, at: tuple[int, int] = (20, 60)) -> np.ndarray:
    picture = np.zeros((90, 600, 3), np.uint8)
    lettering.write(picture, text, at, style, (255, 255, 255))
    return picture


def _read(label: str) -> np.ndarray:
    face = Face(1, Box(60, 80, 120, 120), label, 0.9, None)
    return overlay.draw(np.zeros((480, 640, 3), np.uint8), Reading(0, 0.0, (face,)))


def test_ascii_is_drawn_as_ever() -> None:
    picture = np.zeros((90, 600, 3), np.uint8)
    cv2.putText(picture, "happy 91 %", (20, 60), STYLE.font, 1.0, (255, 255, 255), 1, cv2.LINE_AA)
    assert (_drawn("happy 91 %") == picture).all()
    assert lettering.width("happy", STYLE) == cv2.getTextSize("happy", STYLE.font, 1.0, 1)[0][0]
    assert lettering.lacking(["happy"]) == ""


@pytest.mark.parametrize("text", ["радость", "glücklich", "χαρά", "gl\u0075\u0308cklich"])
def test_other_letters_are_drawn_where_ascii_would_stand(dejavu: None, text: str) -> None:
    assert lettering.lacking([text]) == ""
    picture = _drawn(text)
    rows, columns = np.nonzero(picture[..., 0] > 100)
    assert 20 <= columns.min() < 27
    assert columns.max() <= 20 + lettering.width(text, STYLE)
    assert 30 <= rows.min() < 50  # capitals are 21 pixels high
    assert 56 <= rows.max() < 72
    assert (picture != _drawn("?" * len(text))).any()


def test_each_letter_is_another_one(dejavu: None) -> None:
    pictures = {_drawn(letter).tobytes() for letter in "абвгдежзиклмн"}
    assert len(pictures) == 13


def test_a_caption_fits_its_letters(dejavu: None) -> None:
    assert (_read("счастье") != _read("???????")).any()
    assert lettering.width("счастье 91 %", STYLE) > lettering.width("счастье", STYLE) > 60
    assert words.wrap("нет камеры " * 20, 1120)[0].startswith("нет камеры")
    assert words.write("Ждём", "нет камеры").max() == 255


def test_text_may_reach_over_every_edge(dejavu: None) -> None:
    for at in ((-50, 60), (590, 60), (20, -5), (20, 5), (20, 95), (20, 300), (700, 60), (-900, 60)):
        _drawn("счастье", at=at)


def test_what_no_font_has_is_ascii_and_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lettering, "FOLDERS", ())
    needs.module("PIL", pip="pillow")
    assert (_drawn("快乐") == _drawn(r"\u5feb\u4e50")).all()
    for text, package in (("快乐", "fonts-noto-cjk"), ("ä", "fonts-dejavu-core"), ("खुश", "fonts-noto-core")):
        assert lettering.lacking(["happy", text]).endswith(f"sudo apt install {package}")


def test_without_pillow_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lettering, "_pillow", lettering.cache(lambda: None))
    assert "python3-pil" in lettering.lacking(["радость"])
    assert (_drawn("ä") == _drawn("a")).all()


def test_names_that_are_none_are_drawn_too() -> None:
    _drawn("M\udcfcller\n\0.jpg")
    assert isinstance(lettering.lacking(["M\udcfcller\n\0.jpg"]), str)


def test_the_sheet_has_the_names_and_says_once_what_it_lacks(
    dejavu: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def sheet(*names: str) -> np.ndarray:
        with ContactSheet(tmp_path / "o.png") as output:
            for index, name in enumerate(names):
                image = np.zeros((100, 100, 3), np.uint8)
                frame = Frame(index, float(index), image[..., 0], image, still=True, name=name)
                output.show(frame, Reading(index, float(index), ()))
        return cv2.imread(str(tmp_path / "o.png"))

    assert (sheet("Мария.jpg") != sheet("?????.jpg")).any()
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(lettering, "FOLDERS", ())
    lettering.forget()
    sheet("Мария.jpg", "Иван.jpg")
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_kiosk_says_at_its_start_what_its_labels_lack(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lettering, "FOLDERS", ())
    warn: Callable[..., None] = kiosk.warn_of_letters
    warn(Settings(), ("счастье",))
    warn(Settings(display=("o.png",)), ("happy",))
    assert capsys.readouterr().err == ""
    warn(Settings(display=("o.png",)), ("счастье",))
    assert len(capsys.readouterr().err.splitlines()) == 1
