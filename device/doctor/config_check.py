"""Can the settings be used? They are read in a process of their own: checking them loads OpenCV."""

import json
import tomllib
from pathlib import Path
from typing import Any

from device.doctor.examination import Wanted
from device.doctor.finding import Finding
from device.doctor.host import Host

_USAGE = 2  # the exit status that says: not these settings


def read(host: Host, path: Path | None) -> tuple[Wanted, list[Finding]]:
    """What the settings ask for, as far as they can be read, and what is to be said of them.

    Args:
        path: TOML; None for the defaults.
    """
    if path is None:
        return Wanted.of({}), [Finding("settings", "none", "none are installed: the defaults hold")]
    output = host.probe("settings", str(host.path(path.absolute())))
    if output.status == 0:
        return Wanted.of(json.loads(output.out)), [Finding("settings", "ok", f"{path} can be used")]
    if output.status == _USAGE:
        cure = f"mend what it names: sudo nano {path}"
        faults = [line.removeprefix("error: ") for line in output.err.splitlines() if line.strip()]
        said = [Finding("settings", "fault", fault, cure) for fault in faults]
    else:
        said = [Finding("settings", "warning", f"{path} could not be checked: {output.ending}", "mend OpenCV first")]
    return Wanted.of(_as_written(host.path(path.absolute()))), said


def _as_written(path: Path) -> dict[str, Any]:
    """The file's values unchecked, for the checks that follow."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
