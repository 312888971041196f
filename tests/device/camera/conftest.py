"""A camera that can be taken away."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from device.settings.settings import Settings


@pytest.fixture
def away(tmp_path: Path, drawn_recording: Path) -> Settings:
    """A camera that is away while `tmp_path`/away exists, which it does."""
    (tmp_path / "away").touch()
    return Settings(camera=f"mock:{drawn_recording}", mock_faults=(f"away {tmp_path / 'away'}",), retry_seconds=1)


@pytest.fixture
def stranger(tmp_path: Path) -> Callable[[], AbstractContextManager[None]]:
    """The time in which this process is a user who owns nothing; root reads whatever it likes."""

    @contextmanager
    def being() -> Iterator[None]:
        for folder in (tmp_path, *tmp_path.parents):
            if folder.name.startswith(("test_", "popen-", "pytest-")):  # pytest's own, which only we may enter
                folder.chmod(0o711)
        own = os.geteuid()
        if own == 0:
            os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(own)

    return being
