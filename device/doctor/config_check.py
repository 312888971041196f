"""Can the settings be used? And what is wanted of the machine where they cannot."""

from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

from device.doctor.finding import Finding
from device.doctor.host import Host
from device.errors import UsageError
from device.settings import toml_lines
from device.settings.declared import taken
from device.settings.settings import Settings


def read(host: Host, path: Path | None) -> tuple[Settings, list[Finding]]:
    """The settings, or what of them is good, and what is to be said of them.

    Args:
        path: TOML; None for the defaults.
    """
    if path is None:
        return Settings(), [Finding("settings", "none", "none are installed: the defaults hold")]
    file = host.path(path.absolute())
    try:
        return Settings.read(file), [Finding("settings", "ok", f"{path} can be used")]
    except UsageError as error:
        cure = f"mend what it names: sudo nano {path}"
        return _good_ones(file), [Finding("settings", "fault", line, cure) for line in str(error).splitlines()]


def _good_ones(file: Path) -> Settings:
    """What the file sets rightly, and defaults for the rest: so the checks that follow look for what is wanted."""
    known = {field.name: field for field in fields(Settings)}
    good: dict[str, Any] = {}

    def keep(name: str, value: Any) -> None:
        if name in known:
            good[name] = taken(known[name], value)

    with suppress(UsageError):  # told already, by whoever read them all
        toml_lines.read(file, keep)
    return Settings(**good)
