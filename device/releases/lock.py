"""Two locks on the state folder. The kernel lets go of them when a process ends, however it ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from device.errors import HardwareError

_ACTIVATION, _CHANGES = ".activation.lock", ".changes.lock"


@contextmanager
def activation(folder: Path) -> Iterator[None]:
    """Held from a release's check to the end of its probation: whoever holds it watches the probation.

    Raises:
        HardwareError: somebody else holds it.
    """
    descriptor = _acquire(folder / _ACTIVATION, wait=False)
    if descriptor is None:
        raise HardwareError("another release is being activated: try again when that is done")
    try:
        yield
    finally:
        os.close(descriptor)


def is_activating(folder: Path) -> bool:
    """Whether an activation is at work."""
    descriptor = _acquire(folder / _ACTIVATION, wait=False)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False


@contextmanager
def changes(folder: Path) -> Iterator[None]:
    """Held for the moments in which the record or the link change."""
    descriptor = _acquire(folder / _CHANGES, wait=True)
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _acquire(path: Path, wait: bool) -> int | None:
    """The descriptor that holds the lock until it is closed; None where somebody else holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
