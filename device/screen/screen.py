"""A screen as the loop sees it: pictures are handed to a process of its own, and nothing is waited for.

A process and not a thread, because Xlib ends the process whose X server goes away, because a graphics driver may hang
with a call that never comes back, and because drawing and scaling are then done on another core.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from multiprocessing.connection import Pipe
from typing import Self

import numpy as np

from device.contract import Frame, Reading
from device.process import child
from device.screen.rate import Rate

PICTURES_PER_SECOND = 30  # at most; a slow screen gets fewer
START_SECONDS = 60.0  # until its process answers first: OpenCV and the graphics driver come from a slow card
HANG_SECONDS = 15.0  # without an answer to a picture, after which a screen is given up
RETRY_SECONDS = 30.0  # from a failure to the next attempt
_KILL_SECONDS = 0.5
_PROCESS = "device.screen.screen_process"


class Screen:
    """Hands the newest frame to the screen's process whenever that is ready. Never raises and never waits.

    A failure costs one line on stderr, and an attempt every RETRY_SECONDS from then on; a screen that has shown
    pictures for that long in between may fail again with a line of its own.

    Args:
        label: the name in messages.
        choose: gives the kind of screen at each attempt: `window`, `drm`, `fb` or `/dev/fbN`, or `none` where there is
            none now.
        on_close: called when somebody closes the window.
    """

    def __init__(self, label: str, choose: Callable[[], str], on_close: Callable[[], None]):
        self.label, self.choose, self.on_close = label, choose, on_close
        self._rate = Rate()
        self._process: _Process | None = None
        self._attempt_at = 0.0
        self._shown_since: float | None = None
        self._told = False
        self._closed = False

    def __enter__(self) -> Self:
        self._attempt(time.monotonic())
        return self

    def __exit__(self, *error: object) -> None:
        if self._process is not None:
            self._process.end()
            self._process = None

    def show(self, frame: Frame, reading: Reading) -> None:
        now = time.monotonic()
        self._rate.count(now)
        self._show(frame.image, reading, self._rate(), now)

    def show_picture(self, picture: np.ndarray) -> None:
        """Show a picture uint8 [H, W, 3], blue green red, that is not of a camera: a notice."""
        self._show(picture, Reading(0, 0.0, ()), None, time.monotonic())

    def _show(self, image: np.ndarray, reading: Reading, rate: float | None, now: float) -> None:
        if self._closed:
            return
        if self._process is None:
            if now >= self._attempt_at:
                self._attempt(now)
            return
        try:
            self._listen(self._process, now)
            if not self._closed and self._process.due(now):
                self._process.hand_over(image, reading, rate, now)
        except (EOFError, ConnectionError):
            self._fail("its process ended, for its desktop is gone or its graphics driver crashed", now)
        except OSError as error:
            self._fail(str(error), now)

    def _attempt(self, now: float) -> None:
        self._shown_since = None
        kind = self.choose()
        if kind == "none":
            self._fail("no screen is plugged in", now)
            return
        try:
            self._process = _Process(kind, now)
        except OSError as error:
            self._fail(str(error), now)

    def _listen(self, process: "_Process", now: float) -> None:
        while (answer := process.answer(now)) is not None:
            what, text = answer
            if what == "failed":
                raise OSError(text)
            if what == "closed":
                self._closed = True
                self.on_close()
                return
            self._shown_since = self._shown_since or now
        if self._told and self._shown_since and now - self._shown_since > RETRY_SECONDS:
            self._told = False
            self._say("shows pictures again")
        patience = HANG_SECONDS if self._shown_since else START_SECONDS
        if process.silent_seconds(now) > patience:
            raise OSError(f"has not answered for {patience:.0f} seconds")

    def _fail(self, reason: str, now: float) -> None:
        if self._process is not None:
            self._process.end(at_once=True)
            self._process = None
        self._attempt_at = now + RETRY_SECONDS
        if not self._told:
            self._told = True
            self._say(f"{reason}; reading goes on without it, next attempts every {RETRY_SECONDS:.0f} seconds")

    def _say(self, text: str) -> None:
        print(f"warning: display {self.label}: {text}", file=sys.stderr, flush=True)


class _Process:
    """screen_process.py, the link to it, and the memory that images are passed in. At most one image is under way."""

    def __init__(self, kind: str, now: float):
        with ExitStack() as undo:
            self._memory = os.memfd_create("frame")  # never a file on disk
            undo.callback(os.close, self._memory)
            self._link, theirs = Pipe()
            undo.callback(self._link.close)
            with theirs:
                self._process = subprocess.Popen(
                    child.command(_PROCESS, kind, str(theirs.fileno()), str(self._memory)),
                    pass_fds=[theirs.fileno(), self._memory],
                    env=child.environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,  # graphics libraries complain there; what matters comes over the link
                )
            undo.pop_all()  # the process runs; end() closes them
        self._ready, self._asked, self._handed = False, now, 0.0

    def answer(self, now: float) -> tuple[str, str] | None:
        """What the process said since, or None. Raises EOFError where it has ended."""
        if not self._link.poll():
            return None
        what, text = self._link.recv()
        self._ready = what == "ready"
        return what, text

    def due(self, now: float) -> bool:
        return self._ready and now - self._handed >= 1 / PICTURES_PER_SECOND

    def hand_over(self, image: np.ndarray, reading: Reading, rate: float | None, now: float) -> None:
        os.pwrite(self._memory, np.ascontiguousarray(image).data, 0)
        self._link.send((image.shape, reading, rate))
        self._ready, self._asked, self._handed = False, now, now

    def silent_seconds(self, now: float) -> float:
        """How long an answer has been waited for."""
        return 0.0 if self._ready else now - self._asked

    def end(self, at_once: bool = False) -> None:
        """End the process, if not at once then with a second to put the screen back as it was."""
        self._link.close()
        try:
            self._process.wait(0 if at_once else 1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            with suppress(subprocess.TimeoutExpired):  # a driver that hangs may keep it even now
                self._process.wait(_KILL_SECONDS)
        os.close(self._memory)
