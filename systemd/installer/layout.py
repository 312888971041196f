"""Where everything lies once it is installed; all of it is root's."""

from dataclasses import dataclass
from pathlib import Path

NAME = "emotion-kiosk"  # of the service, its user, and every folder
UNIT = f"{NAME}.service"


@dataclass(frozen=True)
class Layout:
    """Every path that an installation has, below `root`."""

    root: Path = Path("/")

    @property
    def program(self) -> Path:
        return self.root / "opt" / NAME

    @property
    def versions(self) -> Path:
        return self.program / "versions"

    @property
    def current(self) -> Path:
        """Link to the version that runs."""
        return self.program / "current"

    @property
    def previous(self) -> Path:
        """Link to the version that ran before."""
        return self.program / "previous"

    @property
    def settings(self) -> Path:
        return self.root / "etc" / NAME / "config.toml"

    @property
    def state(self) -> Path:
        """Model releases."""
        return self.root / "var/lib" / NAME

    @property
    def current_release(self) -> Path:
        """Link to the active model release; without it the bundled default serves."""
        return self.state / "current"

    @property
    def logs(self) -> Path:
        """Events, where the settings ask for them."""
        return self.root / "var/log" / NAME

    @property
    def adopted_release(self) -> Path:
        """Holds the name of the release that the installer chose; who activates another one leaves it as it is."""
        return self.state / "adopted"

    @property
    def activation(self) -> Path:
        """The record of the last activation (device/releases/probation.py)."""
        return self.state / "activation.json"

    @property
    def units(self) -> Path:
        """systemd's folder for what is installed beside the distribution; /etc/systemd stays the user's alone."""
        return self.root / "usr/local/lib/systemd/system"

    @property
    def sudoers(self) -> Path:
        return self.root / "etc/sudoers.d" / NAME

    @property
    def command(self) -> Path:
        """`emotion-kiosk doctor` instead of a long line."""
        return self.root / "usr/local/bin" / NAME

    @property
    def runtime(self) -> Path:
        return self.root / "run" / NAME
