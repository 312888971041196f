"""Cuts an activation off at each of its file operations: `python -m tests.power_cuts STORY FORMER CANDIDATE
FOLDER`.

The activation is the real one, on real files, killed with SIGKILL between any two operations that change a file or
folder, and in the middle of each write. Two parts are stood in for: the trial, which changes no file, and systemd,
whose restart runs the guard as it would. Prints a JSON object for each cut: what lay on disk then and later.
"""

import contextlib
import io
import itertools
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from device.errors import KioskError
from device.releases import activate, guard, probation, trial
from device.releases.store import Store
from device.service import unit

CHANGES = {"os.rename", "os.remove", "os.symlink", "os.mkdir", "os.rmdir", "os.chmod", "os.utime", "os.link"}


class Knife:
    """Kills this process at the n-th change to the disk; counts them where n is 0."""

    def __init__(self, at: int):
        self.at, self.count = at, 0
        self.log: list[tuple[str, ...]] = []  # what was synced and renamed, in order
        self._write, self._fsync = os.write, os.fsync

    def arm(self) -> None:
        sys.addaudithook(self._hear)
        os.write, os.fsync = self._write_half, self._sync  # these two raise no audit event

    def _next(self) -> bool:
        self.count += 1
        return self.count == self.at

    def _hear(self, event: str, arguments: Any) -> None:
        if event == "os.rename":
            self.log.append(("rename", *map(str, arguments[:2])))
        opened_to_write = event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if (event in CHANGES or opened_to_write) and self._next():
            os.kill(os.getpid(), signal.SIGKILL)

    def _write_half(self, descriptor: int, content: Any) -> int:
        if self._next():
            self._write(descriptor, content[: len(content) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        return self._write(descriptor, content)

    def _sync(self, descriptor: int) -> None:
        if self._next():
            os.kill(os.getpid(), signal.SIGKILL)
        self.log.append(("sync", str(Path(f"/proc/self/fd/{descriptor}").readlink())))
        self._fsync(descriptor)


class Kiosk:
    """systemd's part: a unit that reads frames, or one that crashes with the candidate and is started again."""

    SETTINGS = Path("/nowhere/config.toml")

    def __init__(self, crashes_with: str | None):
        self._crashes_with, self._process = crashes_with, 100
        self._restarts = 0
        self.clock = itertools.count()

    def is_here(self) -> bool:
        return True

    def restart(self) -> None:
        self._restarts = 0
        self._start()

    def _start(self) -> None:
        guard.main()
        self._process += 1

    def state(self) -> unit.State:
        if Store().current() == self._crashes_with:
            self._start()
            self._restarts += 1
        fed = float(next(self.clock))
        return unit.State("active", "running", self._process, self._restarts, "reading", "success", fed)


def play(kiosk: Kiosk, release: Path) -> None:
    """One activation; it may be refused."""
    clock = SimpleNamespace(monotonic=lambda: float(next(kiosk.clock)), sleep=lambda seconds: None)
    with (
        # Each fails where the part that is stood in for has another name by now.
        patch.object(activate, "unit", kiosk),
        patch.object(activate, "time", clock),
        patch.object(trial, "run", lambda *_, **__: "left out"),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        contextlib.suppress(KioskError),
    ):
        activate.activate(str(release), 3)


def in_child(work: Callable[[], None]) -> int:
    """Signal that ended it, 0 where it ended by itself."""
    child = os.fork()
    if not child:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, status
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def look(store: Store) -> dict[str, Any]:
    """The active release, found whole, and how the activation stands."""
    last = probation.read(store)
    found = store.current()
    store.load(found)
    return {"active": found, "state": last.state if last else None}


def main(story: str, former: Path, candidate: Path, folder: Path) -> None:
    clean = folder / "clean"
    os.environ["EMOTION_KIOSK_STATE"] = str(clean)
    play(Kiosk(None), former)
    other = json.loads((candidate / "emotion.json").read_text())["sha256"]
    store = Store()
    if story in ("again", "start"):  # the candidate lies in the store already
        store.adopt(store.copy_in(candidate))
    for old in range(5):  # there is something to prune
        shutil.copytree(store.path(store.current()), store.path(f"{old:064x}"))
    if story == "start":  # the power was cut in mid-probation once already
        probation.begin(store, other, 60)
    os.environ["EMOTION_KIOSK_STATE"] = str(folder / "state")
    for cut in itertools.count(1):
        shutil.rmtree(folder / "state", ignore_errors=True)
        shutil.copytree(clean, folder / "state", symlinks=True)

        def work(cut: int = cut) -> None:
            Knife(cut).arm()
            if story == "start":
                guard.main()
            else:
                play(Kiosk(other if story == "crashes" else None), candidate)

        killed = in_child(work)
        store = Store()
        seen = {"cut": cut, "killed": killed == signal.SIGKILL, "then": look(store)}
        in_child(lambda: None if guard.main() == 0 else sys.exit(1))
        seen["next_start"] = look(store)
        in_child(lambda: play(Kiosk(None), candidate))
        seen["next_try"] = look(store)
        seen["left"] = sorted(path.name for path in store.folder.iterdir())
        seen["releases"] = len(list(store.releases.iterdir()))
        print(json.dumps(seen), flush=True)
        if not killed:
            break


def order(former: Path, candidate: Path, folder: Path) -> None:
    """Print what an activation syncs and renames, in order."""
    os.environ["EMOTION_KIOSK_STATE"] = str(folder / "state")
    play(Kiosk(None), former)
    knife = Knife(0)
    knife.arm()
    play(Kiosk(None), candidate)
    for step in knife.log:
        print(json.dumps([word.replace(str(folder / "state"), "") for word in step]))


if __name__ == "__main__":
    words = [Path(word) for word in sys.argv[2:]]
    order(*words) if sys.argv[1] == "order" else main(sys.argv[1], *words)
