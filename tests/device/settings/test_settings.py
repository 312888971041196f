"""The settings file: each fault with its line, and the file that is installed."""

import math
import re
import subprocess
import sys
import tomllib
from dataclasses import fields, replace
from pathlib import Path

import pytest

from device.errors import UsageError
from device.settings import template
from device.settings.declared import declaration
from device.settings.settings import Settings
from tests.conftest import ROOT, error_lines, run_command
from tests.scenes import config

pytestmark = pytest.mark.once


def test_settings_come_from_file_and_flags(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('camera = "film.mp4"\nsmoothing_seconds = 1\ndisplay = ["a.mp4", "b.png"]\n')
    settings = Settings.read(path, camera="other.mp4", model=None)
    assert settings.camera == "other.mp4"
    assert settings.model == "default"
    assert settings.smoothing_seconds == 1.0
    assert settings.display == ("a.mp4", "b.png")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("smallest_fase = 60", "'smallest_fase': did you mean 'smallest_face'"),
        ("zzz = 1", "unknown setting 'zzz'"),
        ('threads = "two"', "threads must be a whole number"),
        ("threads = 99", "threads = 99 is not from 1 to 16"),
        ('pace = "slow"', "none of realtime, max"),
        ("loop = 1", "loop must be true or false"),
        ("display = [1]", "display must be text"),
        ("threads = = 2", "is not TOML"),
    ],
)
def test_a_mistake_in_the_settings_is_named(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text + "\n")
    with pytest.raises(UsageError) as error:
        Settings.read(path)
    assert reason in str(error.value)
    assert str(path) in str(error.value)


def test_missing_settings_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        Settings.read(tmp_path / "none.toml")


INSTALLED = ROOT / "systemd" / "config.toml"


# Where a kiosk differs from the program: these stand in the file, not behind a #.
KIOSKS = {"camera": "picamera2", "model": "active", "display": ("auto",)}


NAMES = [field.name for field in fields(Settings)]


def faults(tmp_path: Path, text: str) -> list[str]:
    """What is said of a file, without its name."""
    path = config(tmp_path, text)
    with pytest.raises(UsageError) as error:
        Settings.read(path)
    said = str(error.value).splitlines()
    assert all(line.startswith(f"{path} line ") for line in said)
    return [line.removeprefix(f"{path} ") for line in said]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("\n\nrotation = 45", "line 3: rotation = 45 is none of 0, 90, 180, 270"),
        ("width = 640\nsmallest_fase = 60", "line 2: unknown setting 'smallest_fase': did you mean 'smallest_face'?"),
        ('display = [\n  "a.mp4",\n\n]\nthreads = 99', "line 5: threads = 99 is not from 1 to 16"),
        ('width = 640\nhours = """\nMon\n8"""\nrate = 3', "line 2: hours: 'Mon\\n8' is not written as"),
        ('hours = "Mon-Fri 08:00-18:00, Sax 10:00-14:00"', "line 1: hours: 'Sax' is none of Mon, Tue"),
        ('screen_hours = "8-18"', "line 1: screen_hours: '8-18' is not written as Mon-Fri 08:00-18:00"),
        ('region = "640x480"', "line 1: region = '640x480' is not written as WIDTHxHEIGHT+LEFT+TOP"),
        ('display = "hdmi"', "line 1: display: 'hdmi' is none of: none, auto, window, drm, fb, FILE.mp4"),
        ('mock_faults = ["stal 3"]', "line 1: mock_faults: 'stal 3' is none of drop"),
        ('pixel_format = "MJPEG"', "line 1: pixel_format = 'MJPEG' is not four characters"),
        ("rate = nan", "line 1: rate = nan is not from 0.1 to 1000"),
        ("rate = 1" + 400 * "0", "line 1: rate = inf is not from 0.1 to 1000"),
        ("threads = 1" + 400 * "0", "line 1: threads = 100000000000... is not from 1 to 16"),
        ("idle_rate = true", "line 1: idle_rate must be a number, not True"),
        ("events_files = 1", "line 1: events_files = 1 is not from 2 to 1000"),
        ("rate = 3\n# rate\nrate = 4", "line 3: rate is set in line 1 already"),
        ("\n[camera]\n", "line 2: camera is a table; settings stand flat"),
        ("a.b = 1", "line 1: a is a table"),
        ("\ncamera = picamera2", "line 2: is not TOML: Invalid value; a setting is NAME = VALUE, with text in quotes"),
        ('width = 640\ndisplay = ["auto"\nrate = 3', "line 2: is not TOML: Unclosed array, noticed in line 3"),
        ('width = 640\ncamera = """a\nrate = 3', "line 2: is not TOML: Unterminated string, noticed at the end"),
        ("width = 640\r\nrate\r\n", "line 2: is not TOML: "),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path: Path, text: str, fault: str) -> None:
    (said,) = faults(tmp_path, text)
    assert said.startswith(fault)


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    said = faults(tmp_path, 'rotation = 45\nwidth = 640\nthreads = = 2\n\nlop = true\nhours = "x"\n')
    assert [line.partition(":")[0] for line in said] == ["line 1", "line 3", "line 5", "line 6"]


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(b'width = 640\ncamera = "\xff"\n')
    with pytest.raises(UsageError, match="line 2: is not TOML: save the file as UTF-8"):
        Settings.read(tmp_path / "config.toml")


def test_check_names_every_fault_and_exits_with_2(tmp_path: Path) -> None:
    path = config(tmp_path, 'camera = "film.mp4"\nmodel = "none"\nevents = "no/where.jsonl"')
    result = run_command("device", "run", "--config", path, "--check")
    said = error_lines(result)
    assert (result.returncode, len(said)) == (2, 3)
    for line, part in zip(said, ("no such model", "folder does not exist", "film.mp4: no such camera"), strict=True):
        assert part in line
    result = run_command("device", "run", "--config", config(tmp_path, 'hours = "x"\nrotation = 1'), "--check")
    assert (result.returncode, len(error_lines(result))) == (2, 2)


def test_the_installed_file_is_what_the_declarations_say() -> None:
    assert INSTALLED.read_text() == template.config(), "python -m device.settings.template > systemd/config.toml"
    assert (ROOT / "docs" / "kiosk.md").read_text().endswith(template.table()), (
        "python -m device.settings.template table"
    )
    assert Settings.read(INSTALLED) == replace(Settings(), **KIOSKS)


def test_every_setting_but_those_of_tests_stands_in_the_installed_file_at_its_default(tmp_path: Path) -> None:
    text = re.sub(r"^#(?=\w+ = )", "", INSTALLED.read_text(), flags=re.MULTILINE)
    every = tomllib.loads(text)
    assert set(NAMES) - set(every) == {"mock_faults"}
    assert Settings.read(config(tmp_path, text)) == Settings.read(INSTALLED)


def test_a_declaration_is_what_a_value_is_held_against() -> None:
    """Each bound is the last value that is taken."""
    bounded = [field for field in fields(Settings) if math.isfinite(declaration(field).low)]
    assert len(bounded) > 20
    for field in bounded:
        known = declaration(field)
        kind = type(field.default)
        for bound, beyond in ((known.low, -1), (known.high, 1)):
            assert getattr(Settings(**{field.name: kind(bound)}), field.name) == bound
            with pytest.raises(UsageError, match=f"{field.name} = .* is not from"):
                Settings(**{field.name: kind(bound + beyond)})


def test_reading_settings_loads_neither_numpy_nor_opencv() -> None:
    program = (
        "import sys; from pathlib import Path; from device.settings.settings import Settings;"
        f"Settings.read(Path({str(INSTALLED)!r})); print([name for name in ('cv2', 'numpy') if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert shown.stdout == "[]\n"
