"""Notices when the picture is another one than before: a cut in a film, a lens covered, the light switched on."""

import cv2
import numpy as np

_STRIDE = 16  # every 16th pixel in both directions is compared: enough for the whole picture, and nearly free


class SceneChange:
    """Compares each frame with the one before.

    Args:
        change: mean absolute difference of two frames that makes another scene, grey levels.
    """

    def __init__(self, change: float = 40.0):
        self.change = change
        self._before: np.ndarray | None = None

    def happened(self, grey: np.ndarray) -> bool:
        """Whether `grey` (uint8 [H, W]) is another picture than the one before it."""
        now = grey[_STRIDE // 2 :: _STRIDE, _STRIDE // 2 :: _STRIDE].copy()
        before, self._before = self._before, now
        if before is None or before.shape != now.shape:
            return before is not None
        return cv2.norm(now, before, cv2.NORM_L1) > self.change * now.size
