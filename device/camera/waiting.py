"""What a service does while its camera is away: says why, looks for it, and starts afresh once it is back."""

import sys
import threading
import time
from collections.abc import Callable

from device.camera.attempt import Look
from device.camera.newest import CAPTURE_THREAD
from device.errors import HardwareError
from device.outputs.make import Notice, open_screens
from device.service.notify import Notifier
from device.settings.settings import Settings

# A process that fails for its camera's sake lives so long at least. Each end counts as a start in systemd's limit for
# crashes, five in two minutes; so a camera that comes and goes never uses that up.
LEAST_LIFE_SECONDS = 30.0
_FIRST_PAUSE_SECONDS = 1.0  # before the second look; doubled from one look to the next
_TICK_SECONDS = 0.2  # how long a SIGTERM may go unnoticed
_BORN = time.monotonic()


def wait_for_camera(
    error: HardwareError,
    settings: Settings,
    notifier: Notifier,
    stopped: Callable[[], bool],
    renewed: Callable[[], bool] = lambda: False,
) -> str:
    """Returns what to end with once frames can be had again or settings are `renewed`, or empty where it is `stopped`.

    The end of the process and a new start follow, because a driver that failed may have kept anything. Where its
    thread still hangs, it holds the camera as well: then nobody can look, and the new start is the look.
    """
    print(f"error: {error}; waiting", file=sys.stderr, flush=True)
    since = time.monotonic()
    reason, pause, look_at = str(error), _FIRST_PAUSE_SECONDS, since
    hangs = any(thread.name == CAPTURE_THREAD for thread in threading.enumerate())
    why = "its driver still hangs" if hangs else ""  # a new start is to follow
    look = None
    with Notice(open_screens(settings.display)) as notice:
        try:
            while not stopped():
                now = time.monotonic()
                if renewed():
                    why = "the settings have changed"
                if why and now - _BORN >= LEAST_LIFE_SECONDS:
                    return f"starting afresh after {now - since:.0f} seconds: {why}"
                if not why and look is None and now >= look_at:
                    look, look_at = Look(settings), now + pause
                    pause = min(2 * pause, settings.retry_seconds)
                if look is not None and (outcome := look.outcome()) is not None:
                    look.end()
                    look, reason = None, outcome or reason
                    why = why or ("" if outcome else "the camera gives frames")
                notifier.resting(f"waiting: {reason}")
                notice.show("Waiting", reason)
                time.sleep(_TICK_SECONDS)
        finally:
            if look is not None:
                look.end()
    return ""
