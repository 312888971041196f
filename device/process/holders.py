"""Which other programs hold a device open, as /proc tells it."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Holder(NamedTuple):
    """A process that holds it open."""

    name: str  # of its program, as the kernel cuts it: 15 characters
    number: int

    def __str__(self) -> str:
        return f"{self.name} (process {self.number})"


def holders(device: Path, root: Path = Path("/")) -> Iterator[Holder]:
    """Other processes that hold the device open, as far as this user may see.

    Args:
        root: the folder that stands for /, which tests replace by one of their own.
    """
    wanted = device.resolve()
    for process in sorted(root.glob("proc/[0-9]*")):
        if process.name == str(os.getpid()):
            continue
        try:
            if any(link.readlink() == wanted for link in (process / "fd").iterdir()):
                yield Holder((process / "comm").read_text().strip(), int(process.name))
        except OSError:  # it ended meanwhile, or is another user's
            continue
