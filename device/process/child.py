"""Modules of the device as processes of their own: what hangs, crashes or leaks there does so without us."""

import os
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[2]


def command(module: str, *words: str) -> list[str]:
    """The command that runs a module of this package with the Python that runs now."""
    return [sys.executable, "-m", module, *words]


def environment() -> dict[str, str]:
    """This process's environment, in which the package is found from any folder."""
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))}
