"""What a check is given."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

from device.doctor.host import Host
from device.net import model_file
from device.settings.settings import Settings

UNIT = "emotion-kiosk.service"
_USER = "emotion-kiosk"


@dataclass(frozen=True)
class Wanted:
    """What the settings ask of the machine (device/settings/settings.py has their meaning)."""

    camera: str
    display: tuple[str, ...]
    model: str
    interpreter: str
    threads: int
    hot_celsius: float

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """From settings as they are read; what is missing, or of another type, is the default."""
        defaults: dict[str, Any] = {field.name: field.default for field in fields(Settings)}
        own: dict[str, Any] = {field.name: values.get(field.name, defaults[field.name]) for field in fields(cls)}
        if isinstance(own["display"], str | list):
            own["display"] = tuple([own["display"]] if isinstance(own["display"], str) else own["display"])
        return cls(**{name: v if isinstance(v, type(defaults[name])) else defaults[name] for name, v in own.items()})


@dataclass(frozen=True)
class Examination:
    """The machine, and the settings by which the kiosk would run there."""

    host: Host
    settings: Wanted
    state: Path  # folder of model releases

    def user(self) -> str:
        """Who runs the kiosk: the service's user, or without one whoever asks."""
        names = {fields[0]: fields[2] for fields in self.accounts("passwd")}
        own = [name for name, number in names.items() if number == str(os.getuid())]
        return _USER if _USER in names else (own or ["root"])[0]

    def accounts(self, file: str) -> list[list[str]]:
        """The rows of /etc/passwd or /etc/group."""
        rows = (line.split(":") for line in self.host.read(f"/etc/{file}").splitlines())
        return [row for row in rows if len(row) >= 4]

    def groups(self, user: str) -> dict[str, str]:
        """The groups that a user is in, by name, with their numbers."""
        primary = {row[3] for row in self.accounts("passwd") if row[0] == user}
        return {row[0]: row[2] for row in self.accounts("group") if user in row[3].split(",") or row[2] in primary}

    def active(self) -> Path | None:
        """The folder of the release that `current` points to."""
        link = self.host.path(self.state / "current")
        return link.parent / link.readlink() if link.is_symlink() else None

    def model(self) -> Path:
        """The .tflite that the kiosk would load.

        Raises:
            ModelError: there is none.
        """
        if self.settings.model == "active":
            return (self.active() or model_file.BUNDLED / "default") / model_file.MODEL_NAME
        return model_file.find(self.settings.model)
