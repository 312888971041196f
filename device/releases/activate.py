"""`python -m device activate`: check, try, switch, restart, watch, and go back where it fails."""

import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from device.errors import HardwareError, RefusedError, UsageError
from device.net import probe_faces
from device.net.model_file import JSON_NAME
from device.releases import lock, probation, signature, store, trial
from device.releases.active import ACTIVE
from device.releases.store import BUNDLED, Store, short
from device.releases.watch import Watch
from device.service import unit
from device.settings.settings import Settings

PREVIOUS = "previous"
FRAMELESS_SECONDS = 90.0  # so long a kiosk may finish no frame in its probation
KEPT = 5  # releases in the store
_POLL_SECONDS = 0.25  # from one look at the unit to the next
_PROGRESS_SECONDS = 10.0  # of finished frames, from one line on how far the probation is to the next


def activate(release: str, seconds: float) -> None:
    """Make a release the active one and stay until it has proved itself.

    Args:
        release: a release folder, or PREVIOUS for the one that was good before.
        seconds: of finished frames that it has to show.

    Raises:
        ModelError: no whole release.
        RefusedError: it failed its trial or its probation, or is not signed; the former release is active.
        HardwareError, OSError: the disk, or another activation at work.
    """
    os.umask(0o022)
    releases = Store()
    releases.prepare()
    with lock.activation(releases.folder), _undisturbed():
        try:
            _activate(releases, release, seconds)
        finally:
            _prune(releases)


def _activate(releases: Store, release: str, seconds: float) -> None:
    has_unit = unit.is_here()
    if has_unit:
        _check_settings()
    _undo_unfinished(releases, has_unit)
    candidate = _previous(releases) if release == PREVIOUS else _receive(releases, Path(release))
    if candidate == releases.current():
        _say(f"release {short(candidate)} is active already")
        return
    former = unit.state().process if has_unit else 0
    try:
        probation.begin(releases, candidate, seconds)
        _say(f"switched to release {short(candidate)}")
        if has_unit:
            unit.restart()
            _see_probation_through(releases, former, seconds)
        else:
            probation.end(releases)
            _say("no emotion-kiosk service runs here: nothing was restarted")
    except RefusedError:  # gone back already
        raise
    except BaseException as error:
        _roll_back(releases, candidate, has_unit, error)
        raise


def _roll_back(releases: Store, candidate: str, has_unit: bool, error: BaseException) -> None:
    """Whatever ends an activation before the candidate has proved itself, it does not stay."""
    reason = "activate was stopped" if isinstance(error, KeyboardInterrupt) else str(error) or type(error).__name__
    last = probation.undo(releases, reason)
    if last is None or (last.candidate, last.state) != (candidate, probation.ROLLED_BACK):
        return
    _say(f"back to release {short(releases.current())}: {reason}")
    if has_unit:
        with contextlib.suppress(HardwareError):  # `error` tells of it
            unit.restart()


def _receive(releases: Store, source: Path) -> str:
    """Check and try a release on a copy that only root reaches; then it is the store's. Returns its SHA-256."""
    try:
        incoming = releases.copy_in(source)
        _check(incoming)
        return releases.adopt(incoming)
    finally:
        releases.clear()


def _previous(releases: Store) -> str:
    last = probation.read(releases)
    if last is None or last.previous is None:
        raise UsageError("no earlier release is known here: name a release folder")
    if last.previous != releases.current():
        _check(releases.path(last.previous), signed=last.previous != BUNDLED)
    return last.previous


def _check(folder: Path, signed: bool = True) -> None:
    model = store.check(folder)
    signer = signature.check(folder) if signed else ""
    _say(f"release is whole{f', signed by {signer}' if signer else ''}: labels {', '.join(model.card.labels)}")
    if model.card.wanted_crop and not (unit.SETTINGS.exists() and Settings.read(unit.SETTINGS).crop == "whole"):
        _say(f"note: {model.card.wanted_crop} in {unit.SETTINGS}")
    described = json.loads((folder / JSON_NAME).read_text())
    _say(f"trial: {trial.run(folder, model.card.labels, probe_faces.expected(described))}")


def _undo_unfinished(releases: Store, has_unit: bool) -> None:
    """An activation that was killed in mid-probation is undone before the next begins."""
    last = probation.read(releases)
    if last and last.state == probation.ON_PROBATION:
        probation.undo(releases, "its activation was killed")
        _say(f"release {short(last.candidate)} was still on probation: back to {short(releases.current())}")
        if has_unit:
            unit.restart()


def _see_probation_through(releases: Store, former: int, seconds: float) -> None:
    """Watch the restarted kiosk to the end of its probation.

    Raises:
        RefusedError: it failed; the last good release is active again.
    """
    watch = Watch(former, seconds, FRAMELESS_SECONDS, time.monotonic())
    try:
        reason = _find_failure(releases, watch, seconds)
    except KeyboardInterrupt:
        reason = "activate was stopped"
    last = probation.end(releases) if not reason else probation.read(releases)
    if last and last.state == probation.GOOD:
        _say(f"release {short(last.candidate)} is good: {seconds:g} s of finished frames; "
             f"no frames for at most {watch.away_seconds:.1f} s")  # fmt: skip
        return
    if last and last.state == probation.ON_PROBATION:
        failed = unit.state().process
        probation.undo(releases, reason)
        unit.restart()
    else:  # the guard was faster
        failed, reason = 0, reason or (last.reason if last else "its record is gone")
        if unit.state().active in ("failed", "inactive"):
            unit.restart()
    back = _wait_for_frames(failed)
    away = watch.away_seconds + back
    outcome = (
        f"no frames for at most {away:.1f} s" if back < FRAMELESS_SECONDS else "the kiosk does not serve with it either"
    )
    raise RefusedError(f"back to release {short(releases.current())} ({outcome}): {reason}")


def _find_failure(releases: Store, watch: Watch, seconds: float) -> str:
    """Why the kiosk failed, empty where it did not."""
    said = 0.0
    while not watch.is_over:
        time.sleep(_POLL_SECONDS)
        reason = watch.see(unit.state(), time.monotonic())
        last = probation.read(releases)
        if last is None or last.state != probation.ON_PROBATION:
            return reason or (last.reason if last else "its record is gone")
        if reason:
            return reason
        if watch.read_seconds > said:
            _say(f"on probation: {watch.read_seconds:.0f} of {seconds:g} s of finished frames")
            said += _PROGRESS_SECONDS
    return ""


def _wait_for_frames(failed: int) -> float:
    """Wait for the kiosk to serve with another process than the failed one; returns the seconds it took."""
    started = time.monotonic()
    while (waited := time.monotonic() - started) < FRAMELESS_SECONDS:
        state = unit.state()
        if state.reads and state.process != failed:
            break
        time.sleep(_POLL_SECONDS)
    return waited


def _check_settings() -> None:
    """A release that the settings do not ask for would be found good without having run.

    Raises:
        UsageError: they ask for another model, or the kiosk could not start with them at all.
    """
    if not unit.SETTINGS.exists():
        return
    model = Settings.read(unit.SETTINGS).model
    if model != ACTIVE:
        raise UsageError(f'{unit.SETTINGS}: model = "{model}", so releases are not used: set model = "{ACTIVE}"')


def _prune(releases: Store) -> None:
    last = probation.read(releases)
    wanted = {releases.current()} | ({last.candidate, last.last_good, last.earlier or BUNDLED} if last else set())
    releases.prune(wanted, KEPT)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """A connection that drops does not end an activation; SIGTERM does as Ctrl-C does, and undoes it."""
    former = {
        signal.SIGHUP: signal.signal(signal.SIGHUP, signal.SIG_IGN),
        signal.SIGTERM: signal.signal(signal.SIGTERM, signal.default_int_handler),
    }
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def _say(line: str) -> None:
    try:
        print(line, flush=True)
    except OSError:
        # Nobody listens any more; the work goes on.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
