"""A screen as the loop sees it: pictures are handed to a process of its own, and nothing is waited for.

A process and not a thread, because Xlib ends the process whose X server goes away, because a graphics driver may hang
with a call that never comes back, and because drawing and scaling are then done on another core.
"""

import os
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from multiprocessing.connection import Pipe
from typing import Self

import numpy as np

from device.contract import Frame, Output, Pause, Reading
from device.drawing import words
from device.process import child, retry
from device.process.retry import Retry

PICTURES_PER_SECOND = 30  # at most; a slow screen gets fewer
START_SECONDS = 60.0  # until its process answers first: OpenCV and the graphics driver come from a slow card
HANG_SECONDS = 15.0  # without an answer to a picture, after which a screen is given up
_STILL_SECONDS = 1.0  # from one showing of a picture that does not change to the next
_KILL_SECONDS = 0.5
_PROCESS = "device.screen.screen_process"
_BLACK = np.zeros((9, 16, 3), np.uint8)
_NOBODY = Reading(0, 0.0, ())
_TITLES = {"waiting": "Waiting", "fault": "Out of order"}


class Screen(Output):
    """Hands the newest frame to the screen's process whenever that is ready. Never raises and never waits.

    A failure costs one line on stderr, and an attempt now and then (see Retry); a screen that has shown pictures for
    that long in between may fail again with a line of its own.

    Args:
        label: the name in messages.
        choose: gives the kind of screen at each attempt: `window`, `drm`, `fb` or `/dev/fbN`, or `none` where there is
            none now.
        rate: gives the frames a second that stand in the picture's corner; None for none.
        on_close: called when somebody closes the window.
    """

    def __init__(
        self,
        label: str,
        choose: Callable[[], str],
        rate: Callable[[], float | None] = lambda: None,
        on_close: Callable[[], None] = lambda: None,
    ):
        self._choose, self._rate, self._on_close = choose, rate, on_close
        self._retry = Retry(f"display {label}")
        self._process: _Process | None = None
        self._shown_since: float | None = None  # monotonic seconds
        self._closed = False
        self._still: Pause | None = None  # what the picture of words says; black where it is "closed"
        self._still_picture, self._still_at = _BLACK, 0.0
        self.handed_over = 0  # pictures

    @property
    def shows(self) -> bool:
        """Whether its process has shown a picture."""
        return self._process is not None and self._shown_since is not None

    def __enter__(self) -> Self:
        self._attempt(time.monotonic())
        return self

    def __exit__(self, *error: object) -> None:
        if self._process is not None:
            self._process.end()
            self._process = None

    def show(self, frame: Frame, reading: Reading) -> None:
        self._still = None
        self._offer(frame.image, reading, self._rate())

    def rest(self, pause: Pause) -> None:
        """Why there is no picture, in words; black where the hours say so."""
        now = time.monotonic()
        if pause != self._still:
            self._still, self._still_at = pause, now
            title = _TITLES.get(pause.kind)
            text = f"{pause.reason}. {pause.cure}" if pause.cure else pause.reason
            self._still_picture = words.write(title, text) if title else _BLACK
        if now < self._still_at:
            self._offer(None)
        else:
            # Again every second, because a screen that is not ready, or plugged in later, has not taken it.
            self._still_at = now + _STILL_SECONDS
            self._offer(self._still_picture)

    def _offer(self, image: np.ndarray | None, reading: Reading = _NOBODY, rate: float | None = None) -> None:
        """Hand over an image uint8 [H, W, 3], blue green red, if the process can take one; None only looks after it."""
        now = time.monotonic()
        if self._closed:
            return
        if self._process is None:
            if self._retry.is_due:
                self._attempt(now)
            return
        try:
            self._listen(self._process, now)
            if image is not None and not self._closed and self._process.due(now):
                self._process.hand_over(image, reading, rate, now)
                self.handed_over += 1
        except (EOFError, ConnectionError):
            self._fail("its process ended, for its desktop is gone or its graphics driver crashed")
        except OSError as error:
            self._fail(str(error))

    def _attempt(self, now: float) -> None:
        self._shown_since = None
        kind = self._choose()
        if kind == "none":
            self._fail("no screen is plugged in")
            return
        try:
            self._process = _Process(kind, now)
        except OSError as error:
            self._fail(str(error))

    def _listen(self, process: "_Process", now: float) -> None:
        while (answer := process.answer(now)) is not None:
            what, text = answer
            if what == "failed":
                raise OSError(text)
            if what == "closed":
                self._closed = True
                self._on_close()
                return
            self._shown_since = self._shown_since or now
        if self._shown_since and now - self._shown_since > retry.SECONDS:
            self._retry.recover("shows pictures again")
        patience_seconds = HANG_SECONDS if self._shown_since else START_SECONDS
        if process.silent_seconds(now) > patience_seconds:
            raise OSError(f"has not answered for {patience_seconds:.0f} seconds")

    def _fail(self, reason: str) -> None:
        if self._process is not None:
            self._process.end(at_once=True)
            self._process = None
        self._retry.fail(reason)


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
