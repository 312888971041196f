"""Tells systemd how the kiosk is: ready, alive, what it does in one line, stopping. Silent where nobody listens.

The protocol is that of sd_notify(3): datagrams of NAME=VALUE lines to the socket that NOTIFY_SOCKET names.
"""

import os
import socket
import time
from collections.abc import Callable, MutableMapping
from typing import Self

from device.contract import Frame, Output, Pause, Reading
from device.reading.tally import Tally
from device.service.temperature import read_celsius

STATUS_SECONDS = 5.0  # from one status line to the next
_FEEDS = 4  # in the watchdog's time, so that one or two may be late
_STARTING_SECONDS = 60.0  # for a start beside the wait for the first frame: loading from a slow card, opening a camera


class Notifier(Output):
    """The last of the outputs: only finished frames feed the watchdog, so that nothing hides a loop that hangs.

    The one exception is a pause that is meant, while no frame can be finished: see `rest`. READY goes out with the
    first of either. Earlier would call a start good that never read a frame; and a start that waited for a camera that
    is away would hold up whatever waits for it, the end of booting among them.

    Args:
        name: the socket, a path or @ and an abstract name; empty for nobody.
        watchdog_seconds: how long systemd waits for a sign of life; 0 where it does not.
        clock: seconds that never go back.
    """

    def __init__(self, name: str = "", watchdog_seconds: float = 0.0, clock: Callable[[], float] = time.monotonic):
        self.listening = bool(name)
        self._model, self._tally = "", Tally()  # see introduce
        self._address = "\0" + name[1:] if name.startswith("@") else name
        self._watchdog_seconds, self._clock = watchdog_seconds, clock
        self._greeting = ["READY=1"]  # what goes with the first sign of life
        self._feed_at = self._status_at = 0.0
        self._pause: str | None = ""  # why no frames are read; None while they are

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

    def introduce(self, model: str, tally: Tally) -> None:
        """What reads, and what counts the frames, for the status line."""
        self._model, self._tally = model, tally

    def show(self, frame: Frame, reading: Reading) -> None:
        now = self._clock()
        if self._pause is not None:
            self._pause, self._status_at = None, now
        self._tell(now, lambda: self._reading(len(reading.faces)))

    def rest(self, pause: Pause) -> None:
        """No frame will be finished for a while, and that is meant: the hours say so, or the camera is away.

        It comes from the loop that ends the pause, and not from a thread of its own: so a pause that hangs is noticed
        like a loop that hangs. A new reason shows in the status at once.
        """
        now = self._clock()
        reason = f"waiting: {pause.reason}" if pause.kind == "waiting" else pause.reason
        if reason != self._pause:
            self._pause, self._status_at = reason, now
        self._tell(now, lambda: reason)

    def __exit__(self, *error: object) -> None:
        """The end was asked for, and the other outputs are closed next; of an error, `ended` tells."""
        if error[0] is None:
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

    def _reading(self, faces: int) -> str:
        parts = [f"{faces or 'no'} face{'' if faces == 1 else 's'}"]
        if self._tally.rate is not None:
            parts.insert(0, f"{self._tally.rate:.1f} frames a second")
        celsius = read_celsius()
        if celsius is not None:
            parts.append(f"{celsius:.0f} C")
        if self._model:
            parts.append(self._model)
        return f"reading: {', '.join(parts)}"

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
