"""Whether a kiosk that was asked to start anew keeps on finishing frames. Pure: looks at its unit in, verdict out."""

from device.releases.service import State


class Watch:
    """Takes one look after another at the unit.

    Args:
        former: process of the kiosk when the start was asked for, 0 where there was none.
        seconds: for so long frames are to be finished without a break.
        start_seconds: the first frame is to be finished by then.
        now: seconds, on the clock that `see` is told.
    """

    def __init__(self, former: int, seconds: float, start_seconds: float, now: float):
        self._former, self._seconds, self._start_seconds = former, seconds, start_seconds
        self._asked = self._last = now
        self._process = 0  # the one that serves
        self._serving_since = now
        self.away_seconds = 0.0  # for so long nobody finished frames

    @property
    def serves(self) -> bool:
        return self._process != 0

    @property
    def served_seconds(self) -> float:
        return self._last - self._serving_since if self.serves else 0.0

    @property
    def is_over(self) -> bool:
        return self.served_seconds >= self._seconds

    def see(self, state: State, now: float) -> str:
        """Why the kiosk failed; empty while it has not."""
        serves = state.serves and state.process != self._former
        if not serves:
            self.away_seconds += now - self._last
        self._last = now
        if not self.serves and (state.restarts or state.detail == "auto-restart"):
            return f"the kiosk ended before its first frame ({_ending(state)})"
        if state.active == "failed":
            return f"the kiosk failed ({_ending(state)})"
        if self.serves:
            if state.process != self._process or state.restarts or not serves:
                return f"the kiosk ended after {now - self._serving_since:.0f} s of finished frames ({_ending(state)})"
        elif serves:
            self._process, self._serving_since = state.process, now
        elif now - self._asked > self._start_seconds:
            said = f"; it says: {state.status}" if state.status else ""
            return f"the kiosk finished no frame within {self._start_seconds:g} s{said}"
        return ""


def _ending(state: State) -> str:
    if state.result in ("", "success"):
        return f"it is {state.active}"
    return {
        "watchdog": "its loop stood still",
        "signal": "it crashed",
        "core-dump": "it crashed",
        "oom-kill": "out of memory",
        "exit-code": "it ended with an error; see journalctl -u emotion-kiosk",
    }.get(state.result, state.result)
