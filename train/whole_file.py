"""Files that are never half written, also after a power cut; JSON among them."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def written(path: Path) -> Iterator[Path]:
    """Gives a path of the same suffix to write to; that file takes the name once it is whole and on the disk."""
    partial = path.with_name(f"partial-{path.name}")
    yield partial
    with partial.open("rb+") as file:
        os.fsync(file.fileno())
    partial.replace(path)


def write_json(path: Path, value: Any) -> None:
    """JSON that people can read too."""
    with written(path) as partial:
        partial.write_text(json.dumps(value, indent=2) + "\n")
