"""Photos and folders of them, as a user reads them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from device.camera.make import make_camera
from device.camera.photos import Photos
from device.errors import DataError, UsageError
from device.settings.settings import Settings
from tests.conftest import error_lines, run_command


def test_photos_are_read_each_by_itself(photos: Path) -> None:
    result = run_command("device", "replay", photos)
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert [[face["emotion"] for face in event["faces"]] for event in events] == [["happy"], [], ["surprise"]]
    assert [face["id"] for event in events for face in event["faces"]] == [1, 1]
    for face in (face for event in events for face in event["faces"]):
        assert face["confidence"] == pytest.approx(max(face["scores"].values()), abs=1e-4)  # unsmoothed
    console = run_command("device", "run", "--camera", photos).stdout
    assert "b_nobody.jpg" in console
    assert "no face" in console


def test_an_unreadable_photo_costs_only_itself(photos: Path) -> None:
    (photos / "b_broken.png").write_bytes(b"not a picture")
    (photos / "notes.txt").write_text("not a photo either")
    result = run_command("device", "replay", photos)
    assert result.returncode == 0
    assert len(result.stdout.splitlines()) == 3
    assert "1 .txt left out" in result.stderr
    assert "1 of 4 photos could not be read (b_broken.png: is not a picture" in result.stderr
    alone = run_command("device", "run", "--camera", photos / "b_broken.png")
    assert (alone.returncode, len(error_lines(alone))) == (2, 1)


def test_what_a_phone_and_a_mac_leave_in_a_folder_is_named(photos: Path, drawn_recording: Path) -> None:
    for number in range(5):
        (photos / f"IMG_{number}.HEIC").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40))
    shutil.copy(drawn_recording, photos / "IMG_9.MOV")
    shutil.copy(drawn_recording, photos / "a_film.jpg")  # by its content no photo
    (photos / "._a_happy.png").write_bytes(b"\0\5\x16\7" + bytes(60))  # what a Mac writes beside a file
    (photos / "a_happy.png").rename(photos / "a_happy")  # by its content a photo
    (photos / "more").mkdir()
    with Photos(photos) as camera:
        assert [frame.name for frame in camera] == ["a_happy", "b_nobody.jpg", "c_surprise.png"]
        lost = camera.lost()
    assert "\n" not in lost
    assert "5 of 8 photos could not be read (IMG_0.HEIC: is a HEIC photo, which is not read: save it as JPEG" in lost
    assert "1 folder, 1 .mov, 1 .jpg left out" in lost or "1 .mov, 1 .jpg, 1 folder left out" in lost
    assert "._" not in lost


def test_a_folder_without_a_photo_says_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "happy").mkdir()
    (tmp_path / "notes.txt").touch()
    with pytest.raises(DataError, match=r"holds no photo, only 1 folder, 1 \.txt"):
        Photos(tmp_path).__enter__()
    for name in ("happy/a.jpg", "happy/b.jpg"):
        (tmp_path / name).write_bytes(b"\xff\xd8\xff")
    with Photos(tmp_path / "happy") as camera, pytest.raises(DataError, match=r"none of its 2 .* \(a.jpg: is cut off"):
        list(camera)


def test_what_is_closed_to_this_user_is_said_to_be(photos: Path, stranger: Callable) -> None:
    photos.chmod(0)
    with stranger():
        with pytest.raises(DataError, match=r"photos: cannot be read \(Permission denied\)"):
            make_camera(Settings(camera=str(photos))).__enter__()
        with pytest.raises(UsageError, match=r"a_happy.png: cannot be read \(Permission denied\)"):
            make_camera(Settings(camera=str(photos / "a_happy.png")))
    photos.chmod(0o744)  # its names may be seen, and no more
    none = r"none of its 3 photos can be read \(a_happy.png: cannot be read \(Permission denied\)\)"
    with stranger(), make_camera(Settings(camera=str(photos))) as camera, pytest.raises(DataError, match=none):
        list(camera)
    photos.chmod(0o755)


@pytest.mark.once
def test_a_link_that_leads_to_itself_is_no_camera(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").symlink_to(tmp_path / "a.jpg")
    result = run_command("device", "run", "--camera", tmp_path / "a.jpg", "--events", tmp_path / "e.jsonl")
    assert (result.returncode, len(error_lines(result))) == (2, 1)
    assert "no such camera or file" in result.stderr
