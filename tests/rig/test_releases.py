"""Good and bad releases on a kiosk that really runs: `script/test --rig tests/rig/test_releases.py`, as root.

Deployed over ssh by a user with one line of sudoers, or activated there by root; systemd restarts and watches. The
figures that are printed (pytest -s) are the longest times without a finished frame.
"""

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from device.releases.store import BUNDLED, Store
from tests import hostile, needs
from tests.conftest import run_command
from tests.damaged import damage
from tests.rig.booted import UNIT
from tests.rig.installation import FACES, PYTHON
from tests.rig.kiosk import Kiosk

pytestmark = [pytest.mark.rig, pytest.mark.timeout(1200)]

SETTINGS = f"""
camera = "mock:{FACES}"
loop = true
model = "active"
events = "/var/log/emotion-kiosk/events.jsonl"
"""
ACTIVATE = f"{PYTHON} -P -m device activate"


class Deployed(Kiosk):
    """A kiosk that a user `deployer` may send releases to over ssh, on a port of this machine's loopback."""

    def __init__(self, release: str, folder: Path):
        super().__init__(release, folder / "container")
        self.key, self.port = folder / "key", free_port()
        self.store = Store(self.root / "var/lib/emotion-kiosk")
        self._events = self.root / "var/log/emotion-kiosk/events.jsonl"

    def install(self, settings: str) -> None:
        super().install(settings)
        inside = ["chroot", str(self.root)]
        subprocess.run([*inside, "useradd", "--create-home", "--shell", "/bin/sh", "deployer"], check=True)
        (self.root / "etc/sudoers.d/emotion-kiosk").write_text(f"deployer ALL=(root) NOPASSWD: {ACTIVATE} *\n")
        subprocess.run([*inside, "systemctl", "enable", "--quiet", UNIT, "ssh.service"], check=True)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.key)], check=True)
        (self.root / "home/deployer/.ssh").mkdir()
        shutil.copy(self.key.with_suffix(".pub"), self.root / "home/deployer/.ssh/authorized_keys")
        (self.root / "etc/ssh/sshd_config.d/rig.conf").write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nStrictModes no\n"
        )

    def activate(self, release: Path, seconds: float = 5) -> subprocess.CompletedProcess[str]:
        """There, by root."""
        shutil.copytree(release, self.root / "srv" / release.name, dirs_exist_ok=True)
        return self.run(*ACTIVATE.split(), f"/srv/{release.name}", "--probation", seconds)

    def deploy(self, release: Path, seconds: float = 5) -> subprocess.CompletedProcess[str]:
        """From here, over ssh."""
        options = {"IdentityFile": self.key, "IdentitiesOnly": "yes", "StrictHostKeyChecking": "no",
                   "UserKnownHostsFile": "/dev/null"}  # fmt: skip
        words = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        host = f"ssh://deployer@127.0.0.1:{self.port}"
        return run_command("convert", "deploy", release, host, "--probation", seconds, *words)

    def wait_for_frames(self, seconds: float = 60) -> None:
        """Until a frame is finished from now on."""
        seen, until = self._mark(), time.monotonic() + seconds
        while self._mark() == seen:
            assert time.monotonic() < until, self.journal()[-3000:]
            time.sleep(0.05)

    def gap_during(self, work: Callable[[], object]) -> float:
        """The longest time without a finished frame while `work` is done, and up to the next frame; seconds."""
        done, longest = threading.Event(), [0.0]

        def watch() -> None:
            mark, since = self._mark(), time.monotonic()
            while not done.is_set():
                time.sleep(0.02)
                if self._mark() != mark:
                    mark, since = self._mark(), time.monotonic()
                longest[0] = max(longest[0], time.monotonic() - since)

        thread = threading.Thread(target=watch)
        self.wait_for_frames()
        thread.start()
        try:
            work()
            self.wait_for_frames()
        finally:
            done.set()
            thread.join()
        return longest[0]

    def _mark(self) -> tuple[int, int] | None:
        try:
            status = self._events.stat()
        except OSError:
            return None
        return status.st_ino, status.st_size


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module", params=["bookworm", "trixie"])
def kiosk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    with Deployed(request.param, tmp_path_factory.mktemp(request.param)) as kiosk:
        kiosk.install(SETTINGS)
        kiosk.boot()
        kiosk.wait_for_frames()
        yield kiosk


@pytest.fixture
def good(kiosk: Deployed, tmp_path: Path) -> str:
    """A good release is active; its SHA-256."""
    release = hostile.retrained(tmp_path / "good")
    result = kiosk.activate(release, 1)
    assert result.returncode == 0, result.stdout + result.stderr
    kiosk.wait_for_frames()
    return kiosk.store.current()


def test_a_good_release_is_deployed_and_read_with(kiosk: Deployed, tmp_path: Path) -> None:
    assert kiosk.store.current() == BUNDLED
    release = hostile.retrained(tmp_path / "release")
    results = []
    gap = kiosk.gap_during(lambda: results.append(kiosk.deploy(release)))
    (result,) = results
    assert result.returncode == 0, result.stdout + result.stderr
    assert "5 s of finished frames" in result.stdout
    name = kiosk.store.current()
    assert name != BUNDLED
    assert f"active, {name[:12]}" in kiosk.journal() or name[:8] in kiosk.shows("StatusText")
    print(f"\ngood release: {gap:.1f} s without a frame")
    gap = kiosk.gap_during(lambda: results.append(kiosk.run(*ACTIVATE.split(), "previous", "--probation", 3)))
    assert results[1].returncode == 0, results[1].stdout + results[1].stderr
    assert kiosk.store.current() == BUNDLED
    print(f"previous: {gap:.1f} s without a frame")


REFUSED = {
    "truncated": (2, "cut off"),
    "JSON of another model": (2, "describes another"),
    "other labels in its JSON": (2, "speaks of labels"),
    "crashing": (3, "crashes the interpreter"),
    "stalling": (3, "hangs"),
    "one_class": (3, "answers sad to all"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_can_be_known_before_costs_no_frame(kiosk: Deployed, good: str, tmp_path: Path, kind: str) -> None:
    release = tmp_path / kind.replace(" ", "_")
    if hasattr(hostile, kind):
        needs.module("tensorflow", pip="tensorflow")
        getattr(hostile, kind)(release)
    else:
        damage(Path(shutil.copytree(hostile.BUNDLED, release)), kind)
    process, results = kiosk.shows("MainPID"), []
    gap = kiosk.gap_during(lambda: results.append(kiosk.activate(release)))
    (result,) = results
    status, reason = REFUSED[kind]
    assert result.returncode == status, result.stdout + result.stderr
    assert reason in result.stderr
    assert (kiosk.store.current(), kiosk.shows("MainPID")) == (good, process)
    print(f"\n{kind}: {gap:.1f} s without a frame")


@pytest.mark.parametrize("kind", ["stalling_before_a_camera", "failing_before_a_camera"])
def test_what_shows_only_before_the_camera_is_rolled_back(
    kiosk: Deployed, good: str, tmp_path: Path, kind: str
) -> None:
    needs.module("tensorflow", pip="tensorflow")
    release, results = getattr(hostile, kind)(tmp_path / kind), []
    gap = kiosk.gap_during(lambda: results.append(kiosk.deploy(release, 20)))
    (result,) = results
    assert result.returncode == 3, result.stdout + result.stderr
    assert "rolled back" in result.stdout
    assert f"back to release {good[:12]}" in result.stdout
    assert kiosk.store.current() == good
    assert kiosk.shows("ActiveState") == "active"
    print(f"\n{kind}: {gap:.1f} s without a frame; {result.stdout.splitlines()[-1]}")


@contextmanager
def on_probation(kiosk: Deployed, send: Callable[[Path, float], object], folder: Path) -> Iterator[None]:
    """Another release than the good one is sent, runs, and has 60 seconds to prove itself; at the end nobody waits."""
    good, bundled = kiosk.store.current(), Path(shutil.copytree(hostile.BUNDLED, folder / "bundled"))
    former = kiosk.shows("MainPID")
    thread = threading.Thread(target=send, args=(bundled, 60))
    thread.start()
    kiosk.wait_until(lambda: kiosk.store.current() != good, 60)
    kiosk.wait_until(lambda: kiosk.shows("MainPID") not in (former, "0"), 60)
    kiosk.wait_for_frames()
    yield
    thread.join(60)
    assert kiosk.store.current() != good  # as it was left


def test_a_power_cut_in_mid_probation_goes_back(kiosk: Deployed, good: str, tmp_path: Path) -> None:
    with on_probation(kiosk, kiosk.deploy, tmp_path):
        kiosk.cut_power()
    kiosk.boot()
    kiosk.wait_for_frames()
    assert kiosk.store.current() == good
    assert f"back to release {good[:12]}: the probation was cut short" in kiosk.journal()


def test_a_killed_activation_is_undone_at_the_next_start(kiosk: Deployed, good: str, tmp_path: Path) -> None:
    with on_probation(kiosk, kiosk.activate, tmp_path):
        kiosk.run("pkill", "-KILL", "-f", "device activate")
    process = kiosk.shows("MainPID")
    kiosk.run("systemctl", "kill", "-s", "KILL", UNIT)
    kiosk.wait_until(lambda: kiosk.shows("MainPID") not in (process, "0"), 60)
    kiosk.wait_for_frames()
    assert kiosk.store.current() == good


def test_the_kiosks_user_can_write_no_release_and_signers_are_asked_for(
    kiosk: Deployed, good: str, tmp_path: Path
) -> None:
    places = ("/var/lib/emotion-kiosk", "/opt/emotion-kiosk")
    found = kiosk.run("runuser", "-u", "emotion-kiosk", "--", "find", *places, "-writable")
    assert found.stdout == "", found.stdout
    owners = kiosk.run("find", "/var/lib/emotion-kiosk", "!", "-user", "root")
    assert owners.stdout == ""
    allowed = kiosk.root / "etc/emotion-kiosk/allowed_signers"
    allowed.write_text(f"maker@home {kiosk.key.with_suffix('.pub').read_text()}")
    try:
        bundled = Path(shutil.copytree(hostile.BUNDLED, tmp_path / "bundled"))
        result = kiosk.deploy(bundled)
        assert (result.returncode, "is not signed" in result.stdout) == (3, True)
        assert kiosk.store.current() == good
        assert run_command("convert", "sign", bundled, "--key", kiosk.key).returncode == 0
        result = kiosk.deploy(bundled)
        assert result.returncode == 0, result.stdout
        assert "signed by maker@home" in result.stdout
    finally:
        allowed.unlink()
