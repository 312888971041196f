"""What a check is given."""

import os
from dataclasses import dataclass
from pathlib import Path

from device.doctor.host import Host
from device.releases import active
from device.releases.store import Store
from device.service.unit import USER
from device.settings.settings import Settings


@dataclass(frozen=True)
class Examination:
    """The machine, and the settings by which the kiosk would run there."""

    host: Host
    settings: Settings
    store: Store  # of model releases, below the host's root

    def user(self) -> str:
        """Who runs the kiosk: the service's user, or without one whoever asks."""
        names = {fields[0]: fields[2] for fields in self.accounts("passwd")}
        own = [name for name, number in names.items() if number == str(os.getuid())]
        return USER if USER in names else (own or ["root"])[0]

    def accounts(self, file: str) -> list[list[str]]:
        """The rows of /etc/passwd or /etc/group."""
        rows = (line.split(":") for line in self.host.read(f"/etc/{file}").splitlines())
        return [row for row in rows if len(row) >= 4]

    def groups(self, user: str) -> dict[str, str]:
        """The groups that a user is in, by name, with their numbers."""
        primary = {row[3] for row in self.accounts("passwd") if row[0] == user}
        return {row[0]: row[2] for row in self.accounts("group") if user in row[3].split(",") or row[2] in primary}

    def model(self) -> Path:
        """The .tflite that the kiosk would load.

        Raises:
            ModelError: there is none.
        """
        return active.find(self.settings.model, self.store)
