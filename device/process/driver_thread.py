"""Threads that call a camera's driver, whose calls may never return."""

import os
import sys
import threading
from typing import NoReturn


class DriverThread(threading.Thread):
    """A thread that the end of the process does not wait for."""

    def __init__(self, target: object, name: str):
        super().__init__(target=target, name=name, daemon=True)  # type: ignore[arg-type]


def a_driver_hangs() -> bool:
    """Whether such a thread still runs, although whoever started it has let go of it."""
    return any(isinstance(thread, DriverThread) for thread in threading.enumerate())


def leave(status: int) -> NoReturn:
    """End the process. While a driver hangs, Python's own way of ending would wait for it, or crash in it."""
    if a_driver_hangs():
        sys.stdout.flush()
        os._exit(status)
    sys.exit(status)
