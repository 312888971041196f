"""Commands that are begun without a terminal, a reader, or room for their log."""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT


def run(
    *words: object, closed: tuple[int, ...] = (), before: Callable[[], None] = lambda: None, **streams: int
) -> subprocess.CompletedProcess[str]:
    """`python -m device WORDS`, with those of its three streams closed."""

    def prepare() -> None:
        for number in closed:
            os.close(number)
        before()

    return subprocess.run(
        [sys.executable, "-m", "device", *map(str, words)],
        cwd=ROOT, stdin=subprocess.DEVNULL, text=True, preexec_fn=prepare, timeout=200,
        **({"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams),
    )  # fmt: skip


@pytest.mark.parametrize("closed", [(2,), (1,), (0, 1, 2)])
def test_closed_streams_lead_nowhere(short_recording: Path, tmp_path: Path, closed: tuple[int, ...]) -> None:
    done = run("run", "--camera", short_recording, "--events", tmp_path / "e.jsonl", closed=closed)
    assert (done.returncode, done.stderr) == (0, "")
    events = (tmp_path / "e.jsonl").read_text().splitlines()  # and nothing else has got into it
    assert [json.loads(line)["frame"] for line in events] == list(range(60))


@pytest.mark.once
def test_events_for_a_closed_stdout_are_refused_at_once(short_recording: Path) -> None:
    for words in (["run", "--camera", short_recording, "--events", "-"], ["replay", short_recording]):
        done = run(*words, closed=(1,))
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert "stdout, which is closed: name a file" in done.stderr


@pytest.mark.once
def test_a_log_that_is_full_or_gone_ends_nothing(photos: Path, tmp_path: Path) -> None:
    (photos / "broken.jpg").write_bytes(b"x")  # so that there is something to say
    reading, writing = os.pipe()
    os.close(reading)
    full = os.open("/dev/full", os.O_WRONLY)
    for log in (writing, full):
        done = run("replay", photos, stderr=log)
        assert (done.returncode, len(done.stdout.splitlines())) == (0, 3)
        os.close(log)


def test_a_kiosk_starts_where_nothing_can_be_written(drawn_recording: Path, photos: Path) -> None:
    """As on a disk that is full or read-only: no file takes a byte."""
    for words in (["run", "--camera", drawn_recording], ["replay", photos], ["run", "--camera", photos, "--check"]):
        done = run(*words, before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)))
        assert (done.returncode, done.stderr) == (0, "")
