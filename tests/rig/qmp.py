"""The monitor of a qemu: QMP, a JSON object a line, over a socket."""

import json
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

_SECONDS = 120.0  # until it answers


class Monitor:
    """Talks to a qemu that listens at `path`, or soon will."""

    def __init__(self, path: Path):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(_SECONDS)
        until = time.monotonic() + _SECONDS
        while self._socket.connect_ex(str(path)) and time.monotonic() < until:
            time.sleep(0.1)
        self._lines = self._socket.makefile("r")
        self._lines.readline()  # its greeting
        self.ask("qmp_capabilities")

    def ask(self, command: str, **arguments: object) -> Any:
        """What it answers; raises RuntimeError where it refuses."""
        self._socket.sendall(json.dumps({"execute": command, "arguments": arguments}).encode())
        for line in self._lines:
            said = json.loads(line)
            if "return" in said:
                return said["return"]
            if "error" in said:
                raise RuntimeError(f"{command}: {said['error']['desc']}")
        raise RuntimeError(f"{command}: qemu is gone")

    def close(self) -> None:
        with suppress(OSError):
            self._lines.close()
            self._socket.close()
