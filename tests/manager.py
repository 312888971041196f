"""The other end of NOTIFY_SOCKET: what a service manager would hear."""

import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self


class Manager:
    """Listens on a socket in `folder`, or on an abstract one of that name."""

    def __init__(self, folder: Path, abstract: bool = False):
        self.name = f"@{folder}/notify" if abstract else str(folder / "notify")
        self.heard: list[dict[str, str]] = []  # one for each datagram
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + self.name[1:] if abstract else self.name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._socket.close()

    def listen(self) -> list[dict[str, str]]:
        """All that was heard so far, in its order."""
        while True:
            try:
                said = self._socket.recv(4096, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return self.heard
            self.heard.append(dict(line.split("=", 1) for line in said.decode().splitlines()))

    def listen_until(self, done: Callable[[dict[str, str]], bool], seconds: float = 60) -> dict[str, str]:
        """The first datagram for which `done`, among those not heard before; keeps the others too."""
        seen, deadline = len(self.heard), time.monotonic() + seconds
        while time.monotonic() < deadline:
            for said in self.listen()[seen:]:
                seen += 1
                if done(said):
                    return said
            time.sleep(0.02)
        raise AssertionError(f"not heard within {seconds} seconds; heard {self.heard[-5:]}")
