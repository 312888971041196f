"""Whether a kiosk that was asked to start anew keeps on finishing frames. Pure: looks at its unit in, verdict out."""

from device.releases.service import State


class Watch:
    """Takes one look after another at the unit.

    Args:
        former: process of the kiosk when the start was asked for, 0 where there was none.
        seconds: so many of finished frames make it good.
        patience_seconds: so long it may finish none, at its start or later.
        now: seconds, on the clock that `see` is told.
    """

    def __init__(self, former: int, seconds: float, patience_seconds: float, now: float):
        self._former, self._seconds, self._patience_seconds = former, seconds, patience_seconds
        self._asked = self._last = self._last_read = now
        self._process = 0  # the one that serves
        self.read_seconds = self.away_seconds = 0.0  # with finished frames, and without

    @property
    def is_over(self) -> bool:
        return self.read_seconds >= self._seconds

    def see(self, state: State, now: float) -> str:
        """Why the kiosk failed; empty while it has not."""
        passed, self._last = now - self._last, now
        ours = state.process != self._former
        if ours and state.reads and self._process:
            self.read_seconds += passed
        elif not (ours and state.reads):
            self.away_seconds += passed
        if ours and state.reads:
            self._last_read = now
        if state.active == "failed":
            return f"the kiosk failed ({_ending(state)})"
        if not self._process and (state.restarts or state.detail == "auto-restart"):
            return f"the kiosk ended before its first frame ({_ending(state)})"
        if self._process and (state.process != self._process or state.restarts or not state.serves):
            return f"the kiosk ended after {self.read_seconds:.0f} s of finished frames ({_ending(state)})"
        if ours and state.serves:
            self._process = state.process
        if now - self._last_read > self._patience_seconds:
            said = f"; it says: {state.status}" if state.status else ""
            return f"the kiosk finished no frame for {self._patience_seconds:g} s{said}"
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
