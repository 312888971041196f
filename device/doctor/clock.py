"""Is the time right? Hours of operation, events and certificates go by it."""

import time
from collections.abc import Iterator

from device.doctor.examination import Examination
from device.doctor.finding import Finding
from device.net import model_file

_CURE = "sudo timedatectl set-ntp true, and a network; without one, a clock with a battery (a Pi 5 has its socket)"


def clock(case: Examination) -> Iterator[Finding]:
    """The time: whether a network has set it, and whether it can be at all."""
    now, built = case.host.now(), model_file.BUNDLED.stat().st_mtime
    said = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(now))
    synchronised = case.host.synchronised()
    if now < built:
        yield Finding("clock", "fault", f"{said}: that was before this program was installed", _CURE)
    elif synchronised is None:
        yield Finding("clock", "none", f"{said}; this system does not tell whether that is right")
    elif not synchronised:
        yield Finding("clock", "warning", f"{said}, but nobody has set it by the network", _CURE)
    else:
        yield Finding("clock", "ok", f"{said}, synchronised")
