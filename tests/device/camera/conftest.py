"""A camera that can be taken away."""

from pathlib import Path

import pytest

from device.settings.settings import Settings


@pytest.fixture
def away(tmp_path: Path, drawn_recording: Path) -> Settings:
    """A camera that is away while `tmp_path`/away exists, which it does."""
    (tmp_path / "away").touch()
    return Settings(camera=f"mock:{drawn_recording}", mock_faults=(f"away {tmp_path / 'away'}",), retry_seconds=1)
