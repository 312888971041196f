"""A live camera: the newest frame wins, and one that does not come is noticed."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Literal, Self

from device.camera.driver import Driver, Picture
from device.contract import Frame
from device.errors import HardwareError
from device.process.driver_thread import DriverThread
from device.process.stop import LOOK_SECONDS, NEVER, Stop

# Opening takes longer than a frame: on a cold SD card the import of a camera library alone takes seconds.
OPENING_SECONDS = 30.0
_CLOSING_SECONDS = 2.0


class Newest:
    """Takes each picture off the driver's hands, and gives the reader the newest.

    A driver queues pictures: a reader slower than the camera would see them late, by the length of the queue, and a
    call into a driver whose camera has died may never return. So a thread of its own, the only one, calls the driver.
    A picture is decoded only if it is to be read and the reader is expected before the next one comes. What it buys and
    costs: python -m benchmarks.capture

    Args:
        stall_seconds: how long to wait for a frame.
        wants: whether a frame of that time, seconds, is to be read; asked in the driver's thread.
        stop: ends each wait for the driver, and with it the frames.

    Raises:
        HardwareError: on entering or reading, the driver's error, or no frame came in time.
    """

    def __init__(
        self,
        driver: Driver,
        stall_seconds: float,
        wants: Callable[[float], bool] = lambda time: True,
        stop: Stop = NEVER,
    ):
        self.driver, self.stall_seconds, self._wants, self._stop = driver, stall_seconds, wants, stop
        self.frames_per_second = 30.0
        self.dropped = 0  # pictures that came while the reader was busy
        self.broken = 0  # pictures that could not be decoded
        # Between the two threads, under this lock: what the reader asks for, and how far the driver's thread is.
        self._changed = threading.Condition()
        self._asked: Literal["read", "rest", "stop"] = "read"
        self._state: Literal["opening", "open", "resting", "ended"] = "opening"
        self._newest: tuple[float, Picture] | None = None
        self._error: Exception | None = None  # why it ended
        self._reader_back = 0.0  # monotonic seconds, when the reader is expected to ask again; 0 while it waits
        self._passed_over = 0.0  # monotonic seconds, when a picture came that is not to be read
        # Of the driver's thread alone.
        self._first: float | None = None  # the driver's stamp at which time begins
        self._time = 0.0  # seconds from then to the last picture
        # Of the reader alone.
        self._given_up = False  # the driver hangs, and is not waited for any more
        self._thread = DriverThread(self._capture, f"camera {driver.name}")

    @property
    def hangs(self) -> bool:
        """Whether the driver's thread is still in a call, once this is closed."""
        return self._state != "ended"

    def __enter__(self) -> Self:
        self._thread.start()
        self._wait_until_open()
        self.frames_per_second = self.driver.frames_per_second
        return self

    def __exit__(self, *error: object) -> None:
        self._ask("stop")
        self._thread.join(0 if self._given_up else _CLOSING_SECONDS)

    def __iter__(self) -> Iterator[Frame]:
        index, busy = 0, 0.0
        while (newest := self._take()) is not None:
            second, picture = newest
            taken = time.monotonic()
            self._reader_back = taken + busy
            yield Frame(index, second, picture.grey, picture.image)
            index += 1
            busy = time.monotonic() - taken

    def pause(self) -> None:
        """Let the camera rest; nothing is waited for."""
        with self._changed:
            self._asked, self._newest = "rest", None

    def resume(self) -> None:
        """Go on after a pause; raises what entering does."""
        self._ask("read")
        self._wait_until_open()

    def describe(self) -> str:
        return f"camera {self.driver.name}: {self.driver.given or 'stopped before it was open'}"

    def lost(self) -> str:
        return f"camera {self.driver.name}: {self.broken} pictures could not be decoded" if self.broken else ""

    def _ask(self, what: Literal["read", "stop"]) -> None:
        with self._changed:
            self._asked = what
            self._changed.notify_all()

    def _wait_until_open(self) -> None:
        seconds = max(OPENING_SECONDS, self.stall_seconds)
        with self._changed:
            until = time.monotonic() + seconds
            while self._state not in ("open", "ended") and not self._stop.is_set() and time.monotonic() < until:
                self._changed.wait(LOOK_SECONDS)
            if self._state not in ("open", "ended") and not self._stop.is_set():
                raise HardwareError(
                    f"camera {self.driver.name} did not open in {seconds:.4g} seconds: is it well connected?"
                )
            if self._error:
                raise self._error

    def _take(self) -> tuple[float, Picture] | None:
        """Wait for the newest picture; None where there are no more."""
        with self._changed:
            self._reader_back = 0.0
            began = time.monotonic()
            while self._newest is None and self._state != "ended" and not self._stop.is_set():
                left = max(began, self._passed_over) + self.stall_seconds - time.monotonic()
                if left <= 0:
                    self._given_up = True
                    raise self._stalled()
                self._changed.wait(min(left, LOOK_SECONDS))
            newest, self._newest = self._newest, None
            if newest is None and self._error:
                raise self._error
            return newest

    def _capture(self) -> None:
        """The driver's thread."""
        try:
            self.driver.open()
            try:
                self._become("open")
                while self._asked != "stop":
                    if self._asked == "rest":
                        self._rest()
                    else:
                        self._grab()
            finally:
                self.driver.close()
        except EOFError:
            pass
        except TimeoutError:
            self._error = self._stalled()
        except Exception as error:  # whatever it is, it is raised where the frames are read
            self._error = error
        self._become("ended")

    def _become(self, state: Literal["open", "ended"]) -> None:
        with self._changed:
            self._state = state
            self._changed.notify()

    def _rest(self) -> None:
        self.driver.pause()
        with self._changed:
            self._state, self._newest = "resting", None
            self._changed.wait_for(lambda: self._asked != "rest")
        if self._asked == "read":
            self.driver.resume()
            self._become("open")

    def _grab(self) -> None:
        second = self._seconds(self.driver.grab())
        # A reader that is still busy when the next picture comes would take that one.
        expected = time.monotonic() + 1 / self.driver.frames_per_second >= self._reader_back
        if expected and not self._wants(second):
            self._passed_over = time.monotonic()
            return
        picture = self.driver.retrieve() if expected else None
        with self._changed:
            if self._newest is not None:
                self.dropped += 1  # the reader has not come for it
            if not expected:
                self.dropped += 1
            elif picture is None:
                self.broken += 1
            self._newest = (second, picture) if picture else None
            self._changed.notify()

    def _seconds(self, stamp: float) -> float:
        """Since the first picture; a driver's clock may be set back, and time goes on then from where it was."""
        if self._first is None:
            self._first = stamp
        if stamp - self._first < self._time:
            self._first = stamp - self._time - 1 / self.driver.frames_per_second
        self._time = stamp - self._first
        return self._time

    def _stalled(self) -> HardwareError:
        return HardwareError(
            f"camera {self.driver.name} gave no frame for {self.stall_seconds:.4g} seconds "
            f"({f'{self.broken} were broken; ' if self.broken else ''}is its cable firm?)"
        )
