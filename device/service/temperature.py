"""How hot the processor is, as Linux tells it."""

import math
from pathlib import Path

_ZONES = "sys/class/thermal/thermal_zone*/temp"
_READ_SECONDS = 2.0  # from one reading to the next


def read_celsius(root: Path = Path("/")) -> float | None:
    """The hottest thermal zone, degrees Celsius; None where the system tells of none (not Linux, a virtual machine).

    Args:
        root: the folder that stands for /, which tests replace by one of their own.
    """
    found = []
    for file in root.glob(_ZONES):
        try:
            found.append(int(file.read_text()) / 1000)
        except (OSError, ValueError):
            continue  # a zone that is switched off fails to read
    return max(found, default=None)


class Thermometer:
    """The processor's temperature, read every two seconds."""

    def __init__(self) -> None:
        self._next = -math.inf
        self._celsius: float | None = None

    def celsius(self, time: float) -> float | None:
        """Degrees Celsius, or None where the system tells of none.

        Args:
            time: now, in seconds on any clock that never goes back.
        """
        if time >= self._next:
            self._next, self._celsius = time + _READ_SECONDS, read_celsius()
        return self._celsius
