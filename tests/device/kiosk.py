"""`device run` as a kiosk runs it: a process of its own, a settings file, real signals."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from tests.conftest import ROOT


class Kiosk:
    """Runs on a recording that is played as a live camera, over and over.

    Args:
        folder: for its files.
        settings: lines of its settings file.
        words: further words of its command.
        prelude: Python that runs before it.
        stdin: what it gets as such.
        environment: what its environment has beyond ours.
    """

    def __init__(
        self,
        folder: Path,
        *settings: str,
        words: tuple[str, ...] = (),
        prelude: str = "",
        stdin: int = subprocess.DEVNULL,
        **environment: str,
    ):
        self.config, self.events_file = folder / "config.toml", folder / "events.jsonl"
        self._outputs = folder / "stdout.txt", folder / "stderr.txt"
        recording = ROOT / "tests" / "media" / "drawn_faces.mp4"
        self._first = [f'camera = "mock:{recording}"', "loop = true", f'events = "{self.events_file}"']
        self.write(*settings)
        self._environment = os.environ | environment
        self._words = ["run", "--config", str(self.config), *words]
        self._prelude, self._stdin = prelude, stdin

    def __enter__(self) -> Self:
        program = f"{self._prelude}\nimport sys\nfrom device.__main__ import main\nsys.exit(main(sys.argv[1:]))"
        with self._outputs[0].open("w") as out, self._outputs[1].open("w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-c", program, *self._words],
                cwd=ROOT, env=self._environment, stdin=self._stdin, stdout=out, stderr=errors,
                start_new_session=True,
            )  # fmt: skip
        return self

    def __exit__(self, *error: object) -> None:
        self.process.kill()
        self.process.wait()

    def write(self, *settings: str) -> None:
        """Replace what the file has beyond camera and events."""
        self.config.write_text("\n".join([*self._first, *settings]) + "\n")

    def reload(self, number: int, *settings: str) -> str:
        """Change the file, send `number`, and return what is said next."""
        before = len(self.said())
        self.write(*settings)
        self.process.send_signal(number)
        self.wait_for(lambda: len(self.said()) > before)
        return self.said()[before]

    def said(self) -> list[str]:
        """Whole lines on stderr."""
        return self._outputs[1].read_text().rpartition("\n")[0].splitlines()

    def warnings(self) -> list[str]:
        """Lines of what went wrong."""
        return [line for line in self.said() if line.startswith(("warning: ", "error: "))]

    def printed(self) -> str:
        return self._outputs[0].read_text()

    def events(self) -> list[dict[str, Any]]:
        """Every event so far; the one that is being written is left out."""
        text = self.events_file.read_text() if self.events_file.exists() else ""
        return [json.loads(line) for line in text.rpartition("\n")[0].splitlines()]

    def wait_for(self, done: Callable[[], bool], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not done():
            assert self.process.poll() is None, (self.said(), self.printed())
            assert time.monotonic() < deadline, (self.said(), self.printed())
            time.sleep(0.05)

    def wait_for_more(self, count: int = 20) -> None:
        """Until it has read so many more frames."""
        wanted = len(self.events()) + count
        self.wait_for(lambda: len(self.events()) >= wanted)
