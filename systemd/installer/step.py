"""One thing that the installer will do: said first, done later."""

import os
import shlex
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


class InstallError(Exception):
    """What went wrong and what to do, in one line."""


@dataclass(frozen=True)
class Step:
    """What it does, as a person would like to read it before it is done, and the doing.

    `do` returns what it has to tell afterwards, or None.
    """

    text: str
    do: Callable[[], str | None]


def call(
    words: Sequence[str | Path],
    cure: str,
    user: str | None = None,
    show: bool = False,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Run a program; returns its stdout.

    Args:
        cure: what to do if it fails.
        user: run as this user and with their groups, instead of as root.
        show: let the person see its output as it comes (then nothing is returned).
        environment: variables beside those of this process.

    Raises:
        InstallError: it failed; with its last line and the cure.
    """
    line = [str(word) for word in words]
    if user and os.geteuid() == 0:
        line = ["setpriv", "--reuid", user, "--regid", user, "--init-groups", *line]
    pipe = None if show else subprocess.PIPE
    try:
        done = subprocess.run(
            line, env=os.environ | dict(environment or {}), text=True, errors="replace", cwd="/",
            stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe,
        )  # fmt: skip
    except OSError as error:
        raise InstallError(f"{line[0]} cannot be run ({error.strerror}): {cure}") from error
    if done.returncode:
        said = ((done.stderr or "") + (done.stdout or "")).strip().splitlines()
        # A program that says `error:` means that line; the rest is how it got there.
        telling = [text for text in said if text.lower().startswith(("error", "e:"))] or said
        why = telling[-1] if telling else f"status {done.returncode}"
        raise InstallError(f"`{shlex.join(line)[:120]}` failed: {why}: {cure}")
    return done.stdout or ""


def write(path: Path, content: bytes, mode: int = 0o644) -> None:
    """A file that is whole on the disk or not there at all, whatever is pulled when."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as file:
        os.fchmod(file.fileno(), mode)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def link(path: Path, target: str) -> None:
    """A symbolic link set in one move: there is always one, the old or the new."""
    partial = path.with_name(path.name + ".partial")
    partial.unlink(missing_ok=True)
    partial.symlink_to(target)
    partial.replace(path)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Names are on the disk once their folder is."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
