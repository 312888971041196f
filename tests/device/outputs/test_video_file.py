"""A film of what was seen, as long as that took."""

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from device.contract import Frame, Reading
from device.outputs.video_file import VideoFile
from tests.conftest import ROOT, error_lines, run_command
from tests.scenes import film


def _write(path: Path, rate: float, times: list[float], size: tuple[int, int] = (64, 48)) -> cv2.VideoCapture:
    """Pictures of growing lightness at these times; the written video."""
    with VideoFile(path, lambda: rate) as video:
        for shade, time_ in enumerate(times):
            image = np.full((size[1], size[0], 3), 40 + 50 * (shade % 5), np.uint8)
            video.show(Frame(shade, time_, image[..., 0], image), Reading(shade, time_, ()))
    return cv2.VideoCapture(str(path))


def _count(written: cv2.VideoCapture) -> int:
    count = 0
    while written.read()[0]:
        count += 1
    return count


@pytest.mark.parametrize(
    ("times", "pictures"),
    [
        ([0.0, 0.1, 0.2, 0.3], [0, 1, 2, 3]),
        ([5.0, 5.11, 5.19, 5.31], [0, 1, 2, 3]),  # not quite even
        ([0.0, 0.3, 0.6], [0, 0, 0, 1, 1, 1, 2]),  # left out, while nobody is there
        ([0.0, 60.0], [0] + 100 * [0] + [1]),  # hours of rest are not shown
        ([0.0, 0.05, 0.1, 0.5], [0, 1, 2, 2, 2, 3]),  # a camera faster than it says
    ],
)
@pytest.mark.parametrize("ending", [".mp4", ".webm"])
def test_a_video_lasts_as_long_as_what_was_seen(
    tmp_path: Path, times: list[float], pictures: list[int], ending: str
) -> None:
    written = _write(tmp_path / f"o{ending}", 10.0, times)
    seen = [round((written.read()[1].mean() - 40) / 50) for _ in pictures]
    assert seen == pictures
    assert not written.read()[0]


@pytest.mark.parametrize("rate", [211.222, 119.9187, 1000.0, 59.94, 23.976, 0.1])
def test_any_rate_gives_a_video_of_the_true_length(tmp_path: Path, rate: float) -> None:
    seconds = max(2.0, 3 / rate)
    count = int(seconds * rate)
    written = _write(tmp_path / "o.mp4", rate, [index / rate for index in range(count)])
    shown = written.get(cv2.CAP_PROP_FPS)
    assert shown == pytest.approx(min(rate, 60), rel=1e-3)
    assert _count(written) / shown == pytest.approx(count / rate, abs=2 / shown)


def test_a_variable_rate_plays_at_its_true_length(tmp_path: Path) -> None:
    times = [0.0, 0.02, 0.04, 3.0, 3.5, 8.5, 8.51, 8.52, 9.0]
    written = _write(tmp_path / "o.mp4", 12.5, times)
    shown = written.get(cv2.CAP_PROP_FPS)
    assert _count(written) / shown == pytest.approx(9.0, abs=0.2)


@pytest.mark.parametrize("rate", [211.222, 119.9187])
def test_a_quick_film_is_annotated(tmp_path: Path, rate: float) -> None:
    quick = film(tmp_path / "quick.mkv", count=60, rate=rate)
    words = ["--display", tmp_path / "o.mp4", "--display", tmp_path / "o.png"]
    result = run_command("device", "run", "--camera", quick, *words)
    assert (result.returncode, error_lines(result)) == (0, [])
    assert (tmp_path / "o.png").exists()
    written = cv2.VideoCapture(str(tmp_path / "o.mp4"))
    assert _count(written) / written.get(cv2.CAP_PROP_FPS) == pytest.approx(60 / rate, abs=0.05)


@pytest.mark.parametrize(
    ("size", "wanted"), [((13000, 3000), (4096, 944)), ((1, 1), (16, 16)), ((641, 481), (640, 480))]
)
def test_sizes_are_bounded(tmp_path: Path, size: tuple[int, int], wanted: tuple[int, int]) -> None:
    written = _write(tmp_path / "o.mp4", 10.0, [0.0, 0.1], size)
    good, picture = written.read()
    assert good
    assert picture.shape[1::-1] == wanted


def test_photos_of_all_sizes_are_seen(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    cv2.imwrite(str(folder / "a.png"), np.zeros((1, 1, 3), np.uint8))
    cv2.imwrite(str(folder / "b.png"), np.full((600, 800, 3), 200, np.uint8))
    result = run_command("device", "run", "--camera", folder, "--display", tmp_path / "o.mp4")
    assert result.returncode == 0, result.stderr
    written = cv2.VideoCapture(str(tmp_path / "o.mp4"))
    written.read()
    picture = written.read()[1]
    assert picture.shape == (960, 1280, 3)
    assert picture.mean() > 190


@pytest.mark.once
def test_the_true_cause_stands_in_the_error(tmp_path: Path, drawn_recording: Path) -> None:
    result = run_command("device", "run", "--camera", drawn_recording, "--display", "/sys/o.mp4")
    assert result.returncode == 1
    assert error_lines(result) == ["error: /sys/o.mp4: cannot be written (Permission denied)"]


@pytest.mark.once
def test_a_full_disk_is_told_and_the_former_video_too(tmp_path: Path, drawn_recording: Path) -> None:
    (tmp_path / "o.webm").write_bytes(b"former")
    program = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))\n"
        "from device.__main__ import main\nsys.exit(main(sys.argv[1:]))"
    )
    words = ["run", "--camera", drawn_recording, "--display", tmp_path / "o.webm", "--display", tmp_path / "o.png"]
    command = [sys.executable, "-c", program, *words]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200)
    assert result.returncode == 1
    lines = error_lines(result)
    assert len(lines) == 1
    assert "could not be written: File too large; what stands there is of a former run" in lines[0]
    assert (tmp_path / "o.webm").read_bytes() == b"former"
    assert (tmp_path / "o.png").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["o.png", "o.webm"]


@pytest.mark.once
def test_a_killed_run_leaves_nothing_that_others_can_read(tmp_path: Path, drawn_recording: Path) -> None:
    words = ["--camera", drawn_recording, "--pace", "realtime", "--display", tmp_path / "o.mp4"]
    with subprocess.Popen([sys.executable, "-m", "device", "run", *words], cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(1)
        process.kill()
    left = list(tmp_path.iterdir())
    assert [path.name for path in left] == [".o.partial.mp4"]
    assert stat.S_IMODE(left[0].stat().st_mode) == 0o600
    mask = os.umask(0o022)
    _write(tmp_path / "o.mp4", 10.0, [0.0])
    os.umask(mask)
    assert stat.S_IMODE((tmp_path / "o.mp4").stat().st_mode) == 0o644
    assert [path.name for path in tmp_path.iterdir()] == ["o.mp4"]
