"""Whether a kiosk that was asked to start anew keeps on finishing frames. Pure: looks at its unit in, verdict out."""

from device.service.unit import State


class Watch:
    """Takes one look after another at the unit. What counts is when the kiosk fed its watchdog: frames alone do.

    Args:
        former: process of the kiosk when the start was asked for, 0 where there was none.
        seconds: so many of finished frames make it good.
        frameless_seconds: so long it may finish none, at its start or later.
        now: seconds on the monotonic clock, as `see` is told.
    """

    def __init__(self, former: int, seconds: float, frameless_seconds: float, now: float):
        self._former, self._seconds, self._frameless_seconds = former, seconds, frameless_seconds
        self._process = 0  # the one that serves
        self._last_frame = now  # or when the start was asked for
        self._reads = False  # at the last look
        self.read_seconds = self.away_seconds = 0.0  # with finished frames, and without

    @property
    def is_over(self) -> bool:
        return self.read_seconds >= self._seconds

    def see(self, state: State, now: float) -> str:
        """Why the kiosk failed; empty while it has not."""
        reason = self._failure(state, now)
        if reason:
            self.away_seconds += now - self._last_frame
            return reason
        if state.process == self._former or not state.serves:
            return ""
        self._process = state.process
        if state.reads and state.fed > self._last_frame:
            if self._reads:
                self.read_seconds += state.fed - self._last_frame
            else:
                self.away_seconds += state.fed - self._last_frame
            self._last_frame = state.fed
        self._reads = state.reads
        return ""

    def _failure(self, state: State, now: float) -> str:
        if state.active == "failed":
            return f"the kiosk failed ({_ending(state)})"
        if not self._process and (state.restarts or state.detail == "auto-restart"):
            return f"the kiosk ended before its first frame ({_ending(state)})"
        if self._process and (state.process != self._process or state.restarts or not state.serves):
            return f"the kiosk ended after {self.read_seconds:.0f} s of finished frames ({_ending(state)})"
        if now - self._last_frame > self._frameless_seconds:
            said = f"; it says: {state.status}" if state.status else ""
            return f"the kiosk finished no frame for {self._frameless_seconds:g} s{said}"
        return ""


def _ending(state: State) -> str:
    if state.result in ("", "success"):
        return f"it is {state.active}"
    return {
        "watchdog": "its loop stood still",
        "signal": "it crashed",
        "core-dump": "it crashed",
        "oom-kill": "it was out of memory",
        "exit-code": "with an error that stands in journalctl -u emotion-kiosk",
    }.get(state.result, state.result)
