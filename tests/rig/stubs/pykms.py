"""picamera2 imports this for screens, which the rig does not have."""

from unittest.mock import MagicMock

PixelFormat = MagicMock()
