"""The kiosk's releases on disk: `releases/<sha256 of emotion.tflite>/` and the link `current` to the active one."""

import hashlib
import os
import re
import shutil
import stat
from pathlib import Path

from device.errors import HardwareError, ModelError
from device.net import model_file
from device.net.model_file import JSON_NAME, MODEL_NAME, SIGNATURE_NAME, ModelFile
from device.process import whole_file

BUNDLED = "bundled"  # the release that came with the program: active where `current` is absent
_PARTS = {MODEL_NAME: 64_000_000, JSON_NAME: 4_000_000, SIGNATURE_NAME: 64_000}  # largest size of each, bytes
_ID = re.compile(r"[0-9a-f]{64}")


def state_folder() -> Path:
    """Where releases lie: what EMOTION_KIOSK_STATE names, else the installer's place."""
    return Path(os.environ.get("EMOTION_KIOSK_STATE") or "/var/lib/emotion-kiosk")


def short(release: str) -> str:
    """A release's name for people."""
    return release if release == BUNDLED else release[:12]


class Store:
    """The state folder. Only root writes it; a release in it is whole, or it is not under its own name."""

    def __init__(self, folder: Path | None = None):
        self.folder = folder or state_folder()
        self.releases, self.link = self.folder / "releases", self.folder / "current"
        self._incoming = self.folder / "incoming"

    def prepare(self) -> None:
        """Make the folders.

        Raises:
            HardwareError: they cannot be written.
        """
        try:
            self.releases.mkdir(parents=True, exist_ok=True)
            for folder in (self.folder, self.releases):
                folder.chmod(0o755)
        except OSError as error:
            raise HardwareError(f"{self.folder}: cannot be written ({error.strerror}): run it with sudo") from error

    def current(self) -> str:
        """The active release: its SHA-256, or BUNDLED."""
        try:
            name = self.link.readlink().name
        except OSError:
            return BUNDLED
        return name if _ID.fullmatch(name) else BUNDLED

    def path(self, release: str) -> Path:
        """The folder of a release, which need not be there."""
        return model_file.BUNDLED / "default" if release == BUNDLED else self.releases / release

    def load(self, release: str) -> ModelFile:
        """A release that is whole.

        Raises:
            ModelError: it is damaged or gone.
        """
        return check(self.path(release))

    def switch(self, release: str) -> None:
        """Make a release the active one, in one step.

        Raises:
            ModelError: it is damaged or gone; the active one stays.
        """
        if release == BUNDLED:
            whole_file.remove(self.link)
        else:
            self.load(release)
            whole_file.link(self.link, f"releases/{release}")

    def copy_in(self, source: Path) -> Path:
        """Copy a release folder to where only root reaches it; what is checked next is what will run.

        Raises:
            ModelError: no release, or one of absurd size.
        """
        self.clear()
        parts = {name: _read(source / name, limit) for name, limit in _PARTS.items()}
        for name in (MODEL_NAME, JSON_NAME):
            if parts[name] is None:
                raise ModelError(f"{source}: is no release: it has no {name}")
        self._incoming.mkdir(mode=0o700)
        for name, content in parts.items():
            if content is not None:
                whole_file.write(self._incoming / name, content, mode=0o644)
        return self._incoming

    def adopt(self, incoming: Path) -> str:
        """Give a copy that was found good its name in the store; returns its SHA-256.

        Raises:
            OSError: the disk.
        """
        release = digest(incoming)
        own = self.releases / release
        if own.is_dir():
            # The same model again: what is said of it may be new, and what the card had damaged is mended.
            for name in _PARTS:
                if (incoming / name).exists():
                    (incoming / name).replace(own / name)
                else:
                    (own / name).unlink(missing_ok=True)
            whole_file.sync_folder(own)
            os.utime(own)
            self.clear()
        else:
            incoming.chmod(0o755)
            whole_file.sync_folder(incoming)
            incoming.replace(own)
        whole_file.sync_folder(self.releases)
        return release

    def clear(self) -> None:
        """Drop a copy that was not adopted."""
        shutil.rmtree(self._incoming, ignore_errors=True)

    def prune(self, wanted: set[str], count: int) -> None:
        """Keep the wanted releases and the newest others, `count` in all."""
        known = [folder for folder in self.releases.iterdir() if _ID.fullmatch(folder.name)]
        others = sorted((f for f in known if f.name not in wanted), key=lambda f: f.stat().st_mtime, reverse=True)
        for folder in others[max(0, count - len(wanted - {BUNDLED})) :]:
            self.clear()
            folder.replace(self._incoming)  # a release that is half gone is not to bear its name
            self.clear()


def digest(folder: Path) -> str:
    """SHA-256 of a release's model: the name that it has in the store.

    Raises:
        OSError: the model cannot be read.
    """
    return hashlib.sha256((folder / MODEL_NAME).read_bytes()).hexdigest()


def check(folder: Path) -> ModelFile:
    """A release folder that is whole: digest, structure, card, and the JSON that speaks of this very file.

    Raises:
        ModelError: it is not.
    """
    if not (folder / JSON_NAME).is_file():
        raise ModelError(f"{folder}: is no release: it has no {JSON_NAME}")
    return model_file.load(folder / MODEL_NAME)


def _read(path: Path, limit: int) -> bytes | None:
    """A plain file's content, None where there is none. Links are not followed: root reads here for others."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror})") from error
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ModelError(f"{path}: is no plain file")
        content = file.read(limit + 1)
    if len(content) > limit:
        raise ModelError(f"{path}: is larger than {limit:,} bytes, which no release is")
    return content
