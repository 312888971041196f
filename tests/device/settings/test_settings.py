"""The settings file: each fault with its line, and the file that is installed."""

import inspect
import re
import tomllib
from dataclasses import fields, replace
from pathlib import Path

import pytest

from device.errors import UsageError
from device.settings.settings import LIVE, Settings
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


def comments() -> dict[str, str]:
    """What device/settings/settings.py says of each setting."""
    return dict(re.findall(r"^    (\w+): .*?  # (.*)$", inspect.getsource(Settings), re.MULTILINE))


def test_the_installed_file_holds_every_setting_at_its_default() -> None:
    text = INSTALLED.read_text()
    assert set(tomllib.loads(text)) == set(KIOSKS)
    assert Settings.read(INSTALLED) == replace(Settings(), **KIOSKS)
    every = tomllib.loads(re.sub(r"^#(?=\w+ = )", "", text, flags=re.MULTILINE))
    assert sorted(every) == sorted(NAMES)
    defaults = {name: value for name, value in every.items() if name not in KIOSKS}
    for name, value in defaults.items():
        default = getattr(Settings(), name)
        assert (list(default) if isinstance(default, tuple) else default, type(default)) == (
            value,
            tuple if isinstance(value, list) else type(value),
        )


def test_the_installed_file_says_of_each_setting_what_the_program_says() -> None:
    said = {name: line for line, name in re.findall(r"^# (.*)\n#?(\w+) = ", INSTALLED.read_text(), re.MULTILINE)}
    assert said == {name: text + " (reload)" * (name in LIVE) for name, text in comments().items()}
    assert sorted(NAMES) == sorted(said)
