"""The record of the last activation: a release on probation is left again unless somebody has found it good.

It is on disk before `current` is switched. While it says "on probation", whoever starts the kiosk with nobody watching
(after a power cut, or after the watcher was killed) goes back to the last good release.
"""

import json
from dataclasses import asdict, dataclass, replace

from device.errors import ModelError
from device.process import whole_file
from device.releases import lock
from device.releases.store import BUNDLED, Store, short

RECORD_NAME = "activation.json"
ON_PROBATION, GOOD, ROLLED_BACK = "on probation", "good", "rolled back"
STARTS = 1  # of the kiosk that a release gets in its probation: each crash costs one


@dataclass(frozen=True)
class Activation:
    """What was switched to, what is gone back to, and how it stands."""

    candidate: str  # SHA-256, or BUNDLED
    last_good: str  # active before, and again if the candidate fails
    earlier: str | None  # good before `last_good`; None where that is not known
    seconds: float  # of finished frames that make the candidate good
    starts_left: int = STARTS
    state: str = ON_PROBATION
    reason: str = ""  # why it was rolled back

    @property
    def previous(self) -> str | None:
        """What `activate previous` means."""
        return self.last_good if self.state == GOOD else self.earlier


def read(store: Store) -> Activation | None:
    """The last activation, None where there was none, or where a damaged card ate its record."""
    try:
        return Activation(**json.loads((store.folder / RECORD_NAME).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def begin(store: Store, candidate: str, seconds: float) -> None:
    """Record, then switch."""
    former = read(store)
    with lock.changes(store.folder):
        last_good = store.current()
        _write(store, Activation(candidate, last_good, former.previous if former else None, seconds))
        store.switch(candidate)


def end(store: Store) -> Activation | None:
    """Find the candidate good, unless it has been rolled back meanwhile; returns the record."""
    with lock.changes(store.folder):
        found = read(store)
        if found and found.state == ON_PROBATION:
            found = replace(found, state=GOOD)
            _write(store, found)
        return found


def undo(store: Store, reason: str) -> Activation | None:
    """Go back to the last good release if the candidate is still on probation; returns the record."""
    with lock.changes(store.folder):
        return _undo(store, reason)


def count_start(store: Store) -> str:
    """What to do at a start of the kiosk. Returns a line for the journal, empty where there is nothing to say."""
    with lock.changes(store.folder):
        found = read(store)
        if found is None or found.state != ON_PROBATION:
            return ""
        is_activating = lock.is_activating(store.folder)
        if is_activating and store.current() != found.candidate:
            return ""  # about to be switched
        if is_activating and found.starts_left > 0:
            _write(store, replace(found, starts_left=found.starts_left - 1))
            return f"release {short(found.candidate)} is on probation: {found.seconds:g} s of finished frames"
        reason = "the kiosk ended within the probation" if is_activating else "the probation was cut short"
        _undo(store, reason)
        return f"back to release {short(store.current())}: {reason} of release {short(found.candidate)}"


def _undo(store: Store, reason: str) -> Activation | None:
    found = read(store)
    if found and found.state == ON_PROBATION:
        try:
            store.switch(found.last_good)
        except ModelError:
            reason += f"; release {short(found.last_good)} is damaged, the bundled one serves"
            store.switch(BUNDLED)
        found = replace(found, state=ROLLED_BACK, last_good=store.current(), reason=reason)
        _write(store, found)
    return found


def _write(store: Store, value: Activation) -> None:
    whole_file.write_json(store.folder / RECORD_NAME, asdict(value), mode=0o644)
