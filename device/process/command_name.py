"""What a command is called in its own help."""

import sys
from pathlib import Path


def command_name(package: str, command: str) -> str:
    """The words that started this program: `command`, where pip or the installer made one of it, else Python's own."""
    return command if Path(sys.argv[0]).name == command else f"python -m {package}"
