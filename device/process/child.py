"""Modules of the device as processes of their own: what hangs, crashes or leaks there does so without us."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]  # the folder that the package is imported from


def command(module: str, *words: str) -> list[str]:
    """The command that runs a module of this package with the Python that runs now.

    With -P, so that nothing is imported from the folder in which somebody happens to work: a file named `json.py` lies
    there sooner or later, and a kiosk's commands also run as root.
    """
    return [sys.executable, "-P", "-m", module, *words]


def environment(callers_path: bool = True) -> dict[str, str]:
    """This process's environment, in which the package is found from any folder, before any other of its name.

    Args:
        callers_path: whether PYTHONPATH, as this process has it, comes after the package. What this process itself
            imports, its child has to find as well.
    """
    kept = os.environ.get("PYTHONPATH", "") if callers_path else ""
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), kept]))}
