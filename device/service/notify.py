"""Tells systemd how the kiosk is: ready, alive, what it does in one line, stopping. Silent where nobody listens.

The protocol is that of sd_notify(3): datagrams of NAME=VALUE lines to the socket that NOTIFY_SOCKET names.
"""

import os
import socket
import time
from collections.abc import Callable, MutableMapping
from typing import Self

from device.contract import Frame, Reading
from device.service.temperature import read_celsius

STATUS_SECONDS = 5.0  # from one status line to the next
_FEEDS = 4  # in the watchdog's time, so that one or two may be late
_STARTING_SECONDS = 60.0  # for a start beside the wait for the first frame: loading from a slow card, opening a camera


class Notifier:
    """Takes finished frames, last in the chain: they alone feed the watchdog, so that nothing hides a loop that hangs.

    The one exception is a pause that is meant, while no frame can be finished: see `resting`. READY goes out with the
    first of either. Earlier would call a start good that never read a frame; and a start that waited for a camera that
    is away would hold up whatever waits for it, the end of booting among them.

    Args:
        name: the socket, a path or @ and an abstract name; empty for nobody.
        watchdog_seconds: how long systemd waits for a sign of life; 0 where it does not.
        clock: seconds that never go back.
    """

    def __init__(self, name: str = "", watchdog_seconds: float = 0.0, clock: Callable[[], float] = time.monotonic):
        self.listening = bool(name)
        self.model = ""  # what reads, for the status line
        self._address = "\0" + name[1:] if name.startswith("@") else name
        self._watchdog_seconds, self._clock = watchdog_seconds, clock
        self._greeting = ["READY=1"]  # what goes with the first sign of life
        self._frames, self._counted_since = 0, 0.0
        self._feed_at = self._status_at = 0.0
        self._resting: str | None = ""  # why; None while frames are read

    @classmethod
    def from_environment(cls, environment: MutableMapping[str, str] = os.environ) -> Self:
        """As systemd says; taken out of the environment, so that no child process speaks for this one."""
        name = environment.pop("NOTIFY_SOCKET", "")
        microseconds = environment.pop("WATCHDOG_USEC", "0")
        ours = environment.pop("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        return cls(name, int(microseconds) / 1e6 if ours and microseconds.isdecimal() else 0.0)

    def allow(self, frame_seconds: float) -> None:
        """Make systemd's patience fit the settings: a finished frame may be so long in coming.

        To be called before the first frame. The unit's own times are lengthened, never shortened.
        """
        self._send([f"EXTEND_TIMEOUT_USEC={round((frame_seconds + _STARTING_SECONDS) * 1e6)}"])
        if 0 < self._watchdog_seconds < frame_seconds:
            self._watchdog_seconds = frame_seconds
            self._greeting.append(f"WATCHDOG_USEC={round(frame_seconds * 1e6)}")

    def show(self, frame: Frame, reading: Reading) -> None:
        self.alive(len(reading.faces))

    def alive(self, faces: int) -> None:
        """A frame is finished, `faces` faces in it."""
        now = self._clock()
        if self._resting is not None:
            self._resting, self._frames, self._counted_since, self._status_at = None, 0, now, now
        self._frames += 1
        self._tell(now, lambda: self._reading(faces, now))

    def resting(self, reason: str) -> None:
        """No frame will be finished for a while, and that is meant: the hours say so, or the camera is away.

        Whoever pauses calls this at least once a second, from the loop that ends the pause, and not from a thread of
        its own: so a pause that hangs is noticed like a loop that hangs. A new reason shows in the status at once.
        """
        now = self._clock()
        if reason != self._resting:
            self._resting, self._status_at = reason, now
        self._tell(now, lambda: reason)

    def stopping(self) -> None:
        """The end was asked for, and what is open is being closed."""
        self._send(["STOPPING=1", "STATUS=stopping"])

    def ended(self, reason: str) -> None:
        """The last words, which `systemctl status` shows until the next start."""
        self._send([f"STATUS=ended: {reason}"])

    def _tell(self, now: float, status: Callable[[], str]) -> None:
        told = now >= self._status_at
        if not self.listening or not (told or now >= self._feed_at):
            return
        if self._send([*self._greeting, "WATCHDOG=1", *([f"STATUS={status()}"] if told else [])]):
            self._greeting.clear()
            # Not for each frame: systemd would wake 30 times a second to hear the same.
            self._feed_at = now + min(self._watchdog_seconds or STATUS_SECONDS, STATUS_SECONDS) / _FEEDS
            self._status_at = now + STATUS_SECONDS if told else self._status_at

    def _reading(self, faces: int, now: float) -> str:
        parts = []
        if now > self._counted_since:
            parts.append(f"{self._frames / (now - self._counted_since):.1f} frames a second")
        self._frames, self._counted_since = 0, now
        parts.append(f"{faces or 'no'} face{'s' * (faces != 1)}")
        celsius = read_celsius()
        if celsius is not None:
            parts.append(f"{celsius:.0f} C")
        return "reading: " + ", ".join([*parts, *filter(None, [self.model])])

    def _send(self, lines: list[str]) -> bool:
        """Whether systemd has it; if not (its queue is full, or it starts anew), the loop goes on all the same."""
        if not self.listening:
            return False
        said = "\n".join(line.replace("\n", " ") for line in lines).encode()
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as out:
                out.sendto(said, self._address)
        except OSError:
            return False
        return True
