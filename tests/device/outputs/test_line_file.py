"""Events of a kiosk: bounded, whole after kills, and no reason to end; real processes, real signals, real limits."""

import itertools
import json
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from device.errors import OutputError
from device.outputs.line_file import LineFile
from tests.conftest import ROOT, SHORT, run_command
from tests.device.kiosk import Kiosk

pytestmark = pytest.mark.once

START = b'{"frame": '


def lines(path: Path) -> list[int]:
    """The frames of the events in a file; each line is one."""
    return [json.loads(line)["frame"] for line in path.read_text().splitlines()]


def append(path: Path, frames: range, files: int = 3) -> None:
    with LineFile("events", path, START, 0.001, files) as file:
        for frame in frames:
            file.append(json.dumps({"frame": frame, "faces": "x" * 60}).encode() + b"\n")


def test_a_full_file_makes_room_and_the_oldest_goes(tmp_path: Path) -> None:
    path = tmp_path / "e.jsonl"
    append(path, range(50))
    files = [path.with_name("e.jsonl.2"), path.with_name("e.jsonl.1"), path]
    assert sorted(tmp_path.iterdir()) == sorted(files)
    assert all(file.stat().st_size <= 1000 for file in files)
    kept = list(itertools.chain(*map(lines, files)))
    assert kept == list(range(kept[0], 50))
    assert len(kept) > 20


def test_a_start_appends_and_fewer_files_are_kept_if_fewer_are_wanted(tmp_path: Path) -> None:
    path = tmp_path / "e.jsonl"
    append(path, range(3))
    append(path, range(3, 6))
    assert lines(path) == [0, 1, 2, 3, 4, 5]
    append(path, range(100), files=6)
    assert path.with_name("e.jsonl.5").exists()
    append(path, range(20), files=2)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["e.jsonl", "e.jsonl.1"]


@pytest.mark.parametrize("torn", [b'{"frame": 7, "fac', b'{"fr', b"{", b"\0\0\0\0", b'{"frame": 7\0\0'])
def test_half_a_line_that_a_kill_left_is_removed(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "e.jsonl"
    append(path, range(2))
    with path.open("ab") as file:
        file.write(torn)
    append(path, range(2, 4))
    assert lines(path) == [0, 1, 2, 3]


def test_another_file_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("my notes\nwithout an end")
    append(path, range(1))
    assert path.read_text().startswith("my notes\nwithout an end\n{")


def test_what_cannot_be_written_at_the_start_ends_it(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        LineFile("events", tmp_path / "no" / "e.jsonl", START, 0.001, 3).__enter__()


WRITER = """
import json, sys
from pathlib import Path
from device.outputs.line_file import LineFile
with LineFile("events", Path(sys.argv[1]), b'{"frame": ', 0.001, 4) as file:
    frame = int(sys.argv[2])
    while True:
        file.append(json.dumps({"frame": frame, "faces": "x" * (frame % 90)}).encode() + b"\\n")
        frame += 1
        print(frame, flush=True)
"""


def test_kills_at_any_moment_cost_no_line_but_the_one_at_hand(tmp_path: Path) -> None:
    path = tmp_path / "e.jsonl"
    start = 0
    for number in range(12):
        command = [sys.executable, "-c", WRITER, str(path), str(start)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            told = [process.stdout.readline() for _ in range(100 + 7 * number)]
            process.kill()
            told += [line for line in process.stdout if line.endswith(b"\n")]
        append(path, range(0))  # a start, which mends
        files = [file for file in (path.with_name(f"e.jsonl.{n}") for n in (3, 2, 1)) if file.exists()]
        kept = list(itertools.chain(*map(lines, [*files, path])))
        assert kept == list(range(kept[0], kept[-1] + 1))
        start = kept[-1] + 1
        assert start - int(told[-1]) in (0, 1)


def test_the_kiosk_appends_and_stays_within_its_bounds(tmp_path: Path) -> None:
    bounds = ("events_megabytes = 0.01", "events_files = 2")
    with Kiosk(tmp_path, *bounds) as kiosk:
        kiosk.wait_for_more(10)
        kiosk.process.kill()
    first = kiosk.events()
    with Kiosk(tmp_path, *bounds) as kiosk:
        kiosk.wait_for(lambda: len(kiosk.events()) > len(first) + 5)
        assert kiosk.events()[: len(first)] == first
        kiosk.wait_for(lambda: (tmp_path / "events.jsonl.1").exists())
        said = kiosk.reload(signal.SIGHUP, "events_megabytes = 0.02", "events_files = 2")
        assert said == "the settings were read again: events_megabytes = 0.02"
        kiosk.wait_for(lambda: kiosk.events_file.stat().st_size > 11_000)
        kiosk.process.send_signal(signal.SIGTERM)
        assert kiosk.process.wait(20) == 0
    assert not (tmp_path / "events.jsonl.2").exists()


def test_a_disk_that_is_full_costs_a_line_and_events_go_on_once_there_is_room(tmp_path: Path) -> None:
    impatient = "import device.process.retry; device.process.retry.SECONDS = 0.5"
    with Kiosk(tmp_path, prelude=impatient) as kiosk:
        kiosk.wait_for_more(5)
        full = kiosk.events_file.stat().st_size + 1000
        resource.prlimit(kiosk.process.pid, resource.RLIMIT_FSIZE, (full, resource.RLIM_INFINITY))
        kiosk.wait_for(lambda: bool(kiosk.said()))
        assert kiosk.said()[0].startswith(f"warning: events {kiosk.events_file}: cannot be written (")
        # A shorter line, of fewer faces, would still have room.
        resource.prlimit(
            kiosk.process.pid, resource.RLIMIT_FSIZE, (kiosk.events_file.stat().st_size, resource.RLIM_INFINITY)
        )
        time.sleep(2)  # some attempts
        written = kiosk.events()
        assert kiosk.events_file.read_text().endswith("\n")  # no half line
        resource.prlimit(kiosk.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        kiosk.wait_for_more()
        after = kiosk.events()[len(written) :]
        left_out = after[0]["frame"] - written[-1]["frame"] - 1
        assert kiosk.said()[1:] == [
            f"warning: events {kiosk.events_file}: is written again; {left_out} events were left out"
        ]


def test_a_recording_that_is_read_once_writes_exactly_its_own_events(short_recording: Path, tmp_path: Path) -> None:
    events, config = tmp_path / "e.jsonl", tmp_path / "config.toml"
    config.write_text("events_megabytes = 0.001\n")
    events.write_text('{"frame": 99}\n')
    result = run_command("device", "run", "--camera", short_recording, "--events", events, "--config", config)
    assert result.returncode == 0
    assert lines(events) == list(range(SHORT))
    assert not (tmp_path / "e.jsonl.1").exists()
