"""What can go wrong, and the exit status each kind ends with."""

import os
import sys
from collections.abc import Callable

from device.process import streams
from device.process.safe_names import shown, shown_lines


class KioskError(Exception):
    """Root of every error with a cure. Its text says what is wrong and what to do, in one line for each fault."""

    status = 2

    def __str__(self) -> str:
        # Here and not where they are raised: most speak of a file, and its name may hold anything.
        return shown_lines(super().__str__())


class UsageError(KioskError, ValueError):
    """Settings or arguments that cannot be used. Exit status 2: trying again does not help."""


class DataError(KioskError, ValueError):
    """Images, labels or votes that cannot be used. Exit status 2."""


class ModelError(KioskError, ValueError):
    """A model file that is not what it should be. Exit status 2."""


class HardwareError(KioskError, OSError):
    """A camera, screen or disk that fails. Exit status 1: systemd tries again."""

    status = 1


class OutputError(HardwareError):
    """A file that cannot be written, through no fault of the camera: waiting for that would never end."""


class RefusedError(KioskError, AssertionError):
    """The work was done and the answer is no (gate limit, golden mismatch). Exit status 3."""

    status = 3


def exit_status(command: Callable[[], None]) -> int:
    """Run a command; turn errors that have a cure into one line on stderr and an exit status (0, 1, 2, 3)."""
    streams.prepare()
    try:
        command()
        sys.stdout.flush()
    except KioskError as error:
        for line in str(error).splitlines():
            print(f"error: {line}", file=sys.stderr)
        return error.status
    except BrokenPipeError:
        # The reader of our stdout is gone (`| head`): nobody is left to tell. Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        place = f"{shown(str(error.filename))}: " if error.filename else ""
        print(f"error: {place}{error.strerror or error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt as stopped:
        print(str(stopped) or "stopped", file=sys.stderr)
        return 130
    return 0
