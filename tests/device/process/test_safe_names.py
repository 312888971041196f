"""Names of other systems, as they come out of archives, cameras and old disks."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from device.process.safe_names import opencv_name, plain, shown
from tests.conftest import ROOT, error_lines, run_command

LATIN = b"M\xfcller".decode("utf-8", "surrogateescape")  # as Python carries a name that is no UTF-8


def ascii_run(*words: object, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """A command whose terminal has no letters but ASCII's, and Python's own checks for crashes."""
    return run_command(*words, cwd=cwd, PYTHONIOENCODING="ascii:strict", PYTHONFAULTHANDLER="1")


@pytest.mark.once
def test_names_are_shown_on_one_line_of_valid_text() -> None:
    assert shown(LATIN) == r"M\xfcller"
    assert shown("Müller 猫") == "Müller 猫"
    assert shown("a\nb\x1b[31m\u202ec") == r"a\nb\x1b[31m\u202ec"
    assert plain("Müller 猫.jpg") == r"Muller \u732b.jpg"


def test_opencv_opens_what_python_opens(tmp_path: Path, drawn_recording: Path) -> None:
    folder = tmp_path / LATIN
    folder.mkdir()
    for film in (tmp_path / "a:b.mp4", folder / "film.mp4", folder / f"{LATIN}.mp4"):
        shutil.copy(drawn_recording, film)
        with opencv_name(film) as name:
            assert cv2.VideoCapture(name, cv2.CAP_FFMPEG).read()[0]
    with opencv_name(folder / "new.mp4") as name:
        writer = cv2.VideoWriter(name, cv2.VideoWriter.fourcc(*"mp4v"), 10, (64, 48))
        assert writer.isOpened()
        writer.release()
    assert (folder / "new.mp4").exists()


def test_every_command_takes_every_name(tmp_path: Path, photos: Path, short_recording: Path) -> None:
    folder = tmp_path / f"{LATIN}ordner"
    folder.mkdir()
    film = shutil.copy(short_recording, folder / f"{LATIN}.mkv")
    stills = photos.rename(folder / f"{LATIN}s\nBilder\x1b[31m")
    (stills / "a_happy.png").rename(stills / f"{LATIN}.png")
    (stills / "b_nobody.jpg").rename(stills / "Müller 猫.jpg")
    config = folder / f"{LATIN}.toml"
    config.write_text("")
    outputs = [folder / f"{LATIN}{suffix}" for suffix in (".mp4", ".png", ".jsonl", ".golden", ".json")]
    displays = ["--display", outputs[0], "--display", outputs[1], "--events", outputs[2]]
    for words in (
        ["run", "--camera", film, *displays, "--config", config],
        ["run", "--camera", film, "--check"],
        ["replay", film, "--write-golden", outputs[3]],
        ["replay", film, "--expect", outputs[3]],
        ["bench", film, "--json", outputs[4], "--repeats", "1"],
        ["record", "--camera", film, "--out", folder / f"{LATIN}aufnahme", "--seconds", "1"],
        ["replay", folder / f"{LATIN}aufnahme"],
        ["run", "--camera", folder / f"{LATIN}aufnahme"],
        ["run", "--camera", f"mock:{film}"],
        ["run", "--camera", stills, *displays],
        ["run", "--camera", stills, "--events", "-"],
    ):
        result = ascii_run("device", *words)
        assert (result.returncode, error_lines(result)) == (0, []), (words, result.stderr)
        assert "Traceback" not in result.stderr
        assert "\x1b" not in result.stdout + result.stderr
    assert all(path.stat().st_size for path in outputs)
    for file in (outputs[4], folder / f"{LATIN}aufnahme" / "recording.jsonl"):
        assert "\\ud" not in file.read_text()  # half a surrogate pair, which no other reader of JSON takes
    console = ascii_run("device", "run", "--camera", stills)
    assert r"M\xfcller.png" in console.stdout
    assert r"M\xfcller \u732b.jpg" in console.stdout
    for words in (
        ["run", "--camera", folder / "nowhere.mp4"],
        ["run", "--camera", config],
        ["replay", film, "--model", folder / f"{LATIN}.tflite"],
        ["run", "--camera", film, "--display", folder / LATIN / "a.png"],
        ["run", "--config", folder / f"{LATIN}2.toml"],
    ):
        result = ascii_run("device", *words)
        assert (result.returncode, len(error_lines(result))) == (2, 1), (words, result.stderr)
        assert "\\udc" not in result.stderr
    report = ascii_run("device", "doctor", "--json", "--config", config)
    said = [finding["text"] for finding in json.loads(report.stdout)["findings"]]
    assert any(r"M\xfcller" in text for text in said)
    assert "\\ud" not in report.stdout


@pytest.mark.once
def test_a_service_says_why_it_ends_whatever_the_name(tmp_path: Path) -> None:
    program = (
        "import os, socket; from device.service.notify import Notifier; from device.errors import DataError\n"
        f"error = DataError(os.fsdecode({b'M' + bytes([0xFC])!r}) + ': is empty')\n"
        "Notifier('@nobody').ended(str(error)); print(ascii(str(error)))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, env=os.environ)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == repr(r"M\xfc: is empty")
