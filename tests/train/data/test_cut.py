"""Training sees of a photo what the kiosk sees: upright, in its proportions, and the face in it."""

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest

from device.errors import DataError
from device.faces.detector import Detector
from device.net.card import Card
from device.net.crop import prepare
from device.settings.settings import Settings
from tests.drawn import EXPRESSIONS, PEOPLE, place, portrait
from train.data import read, splits
from train.data.cut import Cutter, usual_card

HAPPY, SAD = EXPRESSIONS["happy"], EXPRESSIONS["sad"]
LEFT_DOWN = 8  # EXIF's number of a picture that a phone stores turned by a quarter


def face(label: str = "happy", size: int = 480) -> np.ndarray:
    return portrait(EXPRESSIONS[label], PEOPLE[0], size)


def room(width: int, height: int, *at: tuple[float, float, float]) -> np.ndarray:
    """A picture of faces, each at (x, y) with a height, all in pixels."""
    picture = np.full((height, width, 3), (152, 150, 144), np.uint8)
    for x, y, tall in at:
        place(picture, HAPPY, PEOPLE[0], x, y, tall)
    return picture


def write(path: Path, picture: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), picture, [cv2.IMWRITE_JPEG_QUALITY, 98])
    return path


def write_as_a_phone_does(path: Path, picture: np.ndarray) -> None:
    """Stored lying on its side, with the note of how it is turned."""
    content = write(path, cv2.rotate(picture, cv2.ROTATE_90_CLOCKWISE)).read_bytes()
    tag = struct.pack(">HHIHH", 274, 3, 1, LEFT_DOWN, 0)
    note = b"Exif\0\0MM\0*\0\0\0\x08\0\x01" + tag + bytes(4)
    path.write_bytes(content[:2] + b"\xff\xe1" + struct.pack(">H", len(note) + 2) + note + content[2:])


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """Mean of the absolute difference, grey levels."""
    return float(np.abs(one.astype(float) - other).mean())


def test_the_same_face_is_the_same_however_the_photo_came(tmp_path: Path) -> None:
    upright, tall = face(), room(480, 640, (240, 320, 345.6))
    write(tmp_path / "upright" / "happy" / "a.jpg", upright)
    write_as_a_phone_does(tmp_path / "turned" / "happy" / "a.jpg", upright)
    write(tmp_path / "3to4" / "happy" / "a.jpg", tall)
    write_as_a_phone_does(tmp_path / "turned 3to4" / "happy" / "a.jpg", tall)
    write(tmp_path / "uncut" / "happy" / "a.jpg", room(640, 480, (200, 240, 345.6)))
    seen = {folder.name: read.read(folder).images[0] for folder in sorted(tmp_path.iterdir())}
    for name, image in seen.items():
        assert difference(image, seen["upright"]) < 6, name
    assert difference(seen["upright"], seen["upright"][::-1]) > 20  # what a turned one would be


def test_a_face_is_cut_as_the_device_cuts_it(tmp_path: Path) -> None:
    write(tmp_path / "happy" / "a.png", room(640, 480, (420, 200, 180)))
    grey = cv2.cvtColor(room(640, 480, (420, 200, 180)), cv2.COLOR_BGR2GRAY)
    card = Card(("happy", "sad"), 32, 32, crop_scale=1.3)
    wanted = prepare(grey, Detector(Settings()).find(grey)[0], card)
    assert (read.read(tmp_path, size=32, card=card).images[0] == wanted).all()


def test_what_was_found_is_a_table(tmp_path: Path) -> None:
    write(tmp_path / "happy" / "one.png", room(640, 480, (200, 240, 300)))
    write(tmp_path / "happy" / "two.png", room(640, 480, (200, 240, 300), (500, 240, 150)))
    write(tmp_path / "sad" / "one.png", face("sad"))
    write(tmp_path / "sad" / "none.png", room(640, 480))
    write(tmp_path / "sad" / "small.png", cv2.resize(face("sad"), (48, 48)))
    data = splits.load(tmp_path)
    assert len(data.all) == 4
    assert data.of_faces
    lines = splits.describe(data).splitlines()
    at = lines.index("pictures: 1 small and square, taken whole, 3 cut to the face in them")
    assert [line.split() for line in lines[at + 1 : at + 4]] == [
        ["faces", "found", "one", "several", "none"],
        ["happy", "1", "1", "0"],
        ["sad", "1", "0", "1"],
    ]
    assert lines[at + 4 :] == ["  of several the largest is taken", "  left out without a face: sad/none.png"]


def test_where_no_face_is_the_line_names_the_way_on(tmp_path: Path) -> None:
    for label in ("cat", "dog"):
        write(tmp_path / label / "a.png", room(320, 240))
    with pytest.raises(DataError, match=r"no face is found in any of its 2 pictures.*--crop whole"):
        read.read(tmp_path)
    data = splits.load(tmp_path, crop="whole")
    assert (len(data.all), data.of_faces) == (2, False)
    assert "pictures: 2 taken whole" in splits.describe(data)


def test_a_picture_that_is_not_square_is_never_squeezed(tmp_path: Path) -> None:
    """Read whole, its edges are repeated above and below, as at the edge of a camera's picture."""
    circle = np.zeros((120, 240), np.uint8)
    cv2.circle(circle, (120, 60), 50, 255, -1)
    for label in ("ring", "dot"):
        write(tmp_path / label / "a.png", circle)
    np.savez(tmp_path / "a.npz", images=circle[None], labels=[0], label_names=["ring", "dot"])
    for path in (tmp_path, tmp_path / "a.npz"):
        image = read.read(path, size=48, crop="whole").images[0]
        across, down = (image > 128).any(axis=0).sum(), (image > 128).any(axis=1).sum()
        assert abs(int(across) - int(down)) <= 1


@pytest.mark.parametrize(
    ("crop", "side", "labels", "faces"),
    [
        ("auto", 48, ("happy", "sad"), True),
        ("auto", 28, ("0", "1"), False),
        ("whole", 48, ("happy", "sad"), True),  # faces that were cut out before
        ("whole", 480, ("happy", "sad"), False),  # rooms with people in them
        ("auto", 480, ("glasses", "none"), True),
    ],
)
def test_the_data_says_whether_a_net_will_read_faces(
    tmp_path: Path, crop: str, side: int, labels: tuple[str, str], faces: bool
) -> None:
    for label in labels:
        write(tmp_path / label / "a.png", cv2.resize(face(), (side, side)))
    assert splits.load(tmp_path, crop=crop).of_faces is faces


def test_for_a_model_that_reads_no_faces_none_are_looked_for() -> None:
    digits = Card(("0", "1"), 28, 28, 1.0, faces=False)
    assert Cutter("auto", digits).cut(room(640, 480), "0", "a") is not None
    assert Cutter("auto", usual_card(48)).cut(room(640, 480), "0", "a") is None


def test_small_pictures_with_a_rim_are_taken_whole_with_a_word() -> None:
    rimmed, tight = Cutter("auto", usual_card(48)), Cutter("auto", usual_card(48))
    for _ in range(40):
        rimmed.cut(face(size=224), "happy", "a")
        tight.cut(face()[108:372, 108:372][:224, :224], "happy", "a")
    assert "in 6 of 6 small ones that were tried, a kiosk would cut out a smaller face" in rimmed.taken.describe()
    assert tight.taken.describe() == "pictures: 40 small and square, taken whole"
