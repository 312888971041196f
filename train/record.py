"""How something was made, so that it can be made again: the command, the program, the day, and what went in."""

import hashlib
import shlex
import subprocess
import tomllib
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[1]
_GIT_SECONDS = 10.0


def made(package: str, words: Sequence[str]) -> dict[str, Any]:
    """What a run folder or a release says of its making, ready for JSON.

    Args:
        package: whose command it was: train or convert.
        words: what followed it on the command line, as they were typed.

    Returns:
        command, folder (in which it was typed), date, version and commit of this program; the commit is null where the
        program is no checkout, and ends with "+changes" where files differ from it.
    """
    return {
        "command": command(package, words),
        "folder": str(Path.cwd()),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "version": _version(),
        "commit": _commit(),
    }


def command(package: str, words: Sequence[str]) -> str:
    """The command line that does it anew: a run that was resumed would be begun once more."""
    return shlex.join(["python", "-m", package, *(word for word in words if word not in _RESUMES)])


# As argparse takes it, shortened too.
_RESUMES = {"--resume"[:length] for length in range(len("--r"), len("--resume") + 1)}


def file(path: Path) -> dict[str, str]:
    """A file that went in, by its name and what it held."""
    return {"file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def short(facts: Any) -> Any:
    """Facts for a card, which travels: without folders, and of files that lie at an absolute path the name alone."""
    if isinstance(facts, dict):
        kept = {key: value for key, value in facts.items() if key != "folder"}
        return {key: _names(value) if key == "command" else short(value) for key, value in kept.items()}
    return [short(fact) for fact in facts] if isinstance(facts, list) else facts


def _names(line: str) -> str:
    return shlex.join(Path(word).name if word.startswith("/") else word for word in shlex.split(line))


def _version() -> str:
    try:
        return str(tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]["version"])
    except (OSError, ValueError, KeyError):
        pass  # installed, and no checkout
    try:
        return metadata.version("emotion-kiosk")
    except metadata.PackageNotFoundError:
        return "unknown"


def _commit() -> str | None:
    top = _git("rev-parse", "--show-toplevel")
    if not top or Path(top).resolve() != _ROOT.resolve():  # the program lies in somebody else's repository
        return None
    head = _git("rev-parse", "HEAD")
    return head and head + ("+changes" if _git("status", "--porcelain", "--untracked-files=no") else "")


def _git(*words: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(_ROOT), *words], capture_output=True, text=True, timeout=_GIT_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
