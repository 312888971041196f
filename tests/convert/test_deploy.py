"""Releases over a real ssh to kiosks on this machine: a real sshd, its own keys, no systemd behind it."""

import hashlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from convert.remote import Outcome
from device.releases.store import BUNDLED, Store
from tests import hostile, needs
from tests.conftest import ROOT, error_lines, run_command, run_here

USER = "root"


@dataclass(frozen=True)
class Kiosk:
    """A host with a state folder of its own."""

    port: int
    state: Store
    log: Path

    @property
    def host(self) -> str:
        return f"ssh://{USER}@127.0.0.1:{self.port}"


class Network:
    """Some sshds on loopback, and how to reach them."""

    def __init__(self, folder: Path):
        self.folder = folder
        for name in ("host_key", "user_key", "stranger_key"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True, timeout=60
            )
        (folder / "authorized_keys").write_text((folder / "user_key.pub").read_text())
        (folder / "known_hosts").touch()
        self._daemons: list[subprocess.Popen[bytes]] = []

    def start(self, name: str) -> Kiosk:
        port, log, state = free_port(), self.folder / f"{name}.log", self.folder / name
        config = self.folder / f"{name}.conf"
        config.write_text(
            f"ListenAddress 127.0.0.1:{port}\nHostKey {self.folder / 'host_key'}\nPidFile none\nUsePAM no\n"
            f"AuthorizedKeysFile {self.folder / 'authorized_keys'}\nStrictModes no\nPermitRootLogin yes\n"
            f"SetEnv EMOTION_KIOSK_STATE={state} PYTHONPATH={ROOT}\n"
        )
        # sshd wants its whole path, and this folder.
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        sshd = needs.program("sshd", apt="openssh-server")
        self._daemons.append(subprocess.Popen([sshd, "-D", "-f", str(config), "-E", str(log)]))
        with (self.folder / "known_hosts").open("a") as known:
            known.write(f"[127.0.0.1]:{port} {(self.folder / 'host_key.pub').read_text()}")
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return Kiosk(port, Store(state), log)
            time.sleep(0.1)
        raise AssertionError(log.read_text())

    def stop(self) -> None:
        for daemon in self._daemons:
            daemon.terminate()
            daemon.wait(20)

    def deploy(self, release: Path, *hosts: str, key: str = "user_key", **flags: object) -> subprocess.CompletedProcess:
        options = {"IdentityFile": self.folder / key, "IdentitiesOnly": "yes", "IdentityAgent": "none",
                   "UserKnownHostsFile": self.folder / "known_hosts"}  # fmt: skip
        words = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        words += ["--python", sys.executable] if "python" not in flags else ["--python", str(flags["python"])]
        return run_command("convert", "deploy", release, *hosts, *words)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    if os.geteuid() != 0:
        pytest.skip("an sshd that lets this user in needs root")
    needs.program("ssh", apt="openssh-client")
    needs.program("sshd", apt="openssh-server")
    made = Network(tmp_path_factory.mktemp("network"))
    yield made
    made.stop()


@pytest.fixture
def release(tmp_path: Path) -> Path:
    return hostile.retrained(tmp_path / "release")


def rows(result: subprocess.CompletedProcess[str]) -> dict[str, str]:
    """Outcome by host, from the table."""
    lines = result.stdout.splitlines()
    table = lines[next(i for i, line in enumerate(lines) if line.startswith("host")) + 1 :]
    return {line.split()[0]: " ".join(line.split()[1:]) for line in table}


def test_two_kiosks_take_a_release_and_one_that_is_down_does_not_stop_them(network: Network, release: Path) -> None:
    one, two = network.start("one"), network.start("two")
    down = f"ssh://{USER}@127.0.0.1:{free_port()}"
    result = network.deploy(release, one.host, down, two.host)
    assert result.returncode == 3, result.stdout + result.stderr
    table = rows(result)
    assert list(table) == [one.host, down, two.host]
    for kiosk in (one, two):
        assert table[kiosk.host].startswith("active"), result.stdout
        held = kiosk.state.load(kiosk.state.current())
        assert held.content == (release / "emotion.tflite").read_bytes()
        assert f"{kiosk.host}: switched to release {hashlib.sha256(held.content).hexdigest()[:12]}" in result.stdout
    assert "failed" in table[down]
    assert "no ssh listens there: sudo systemctl enable --now ssh" in table[down]
    assert error_lines(result) == [f"error: 1 of 3 hosts did not take the release: {down}"]
    again = network.deploy(release, one.host)
    assert again.returncode == 0
    assert "active already" in rows(again)[one.host]
    # The copy that came through the connection is gone.
    assert not [path for path in Path("/tmp").glob("tmp.*") if (path / "emotion.tflite").exists()]


def test_what_a_kiosk_refuses_is_said_and_its_release_stays(network: Network, tmp_path: Path) -> None:
    needs.module("tensorflow", pip="tensorflow")
    kiosk = network.start("refuses")
    result = network.deploy(hostile.one_class(tmp_path / "bad"), kiosk.host)
    assert result.returncode == 3
    assert "the model answers sad to all of 21 different faces" in rows(result)[kiosk.host]
    assert kiosk.state.current() == BUNDLED


def test_a_bad_release_reaches_no_host(network: Network, release: Path, tmp_path: Path) -> None:
    kiosk = network.start("spared")
    gates = ({"passed": False}, {"labels": {"passed": True}, "votes": {"passed": False}}, {})
    for number, gate in enumerate(gates):
        broken = hostile.retrained(tmp_path / f"broken{number}", {"int8_against_float": gate})
        result = network.deploy(broken, kiosk.host)
        assert (result.returncode, "has not passed its gate" in error_lines(result)[0]) == (3, True)
    (release / "emotion.tflite").write_bytes(b"cut off")
    result = network.deploy(release, kiosk.host)
    assert (result.returncode, result.stdout) == (2, "")
    assert "Accepted" not in kiosk.log.read_text()
    assert network.deploy(tmp_path, kiosk.host, kiosk.host).returncode == 2


def test_a_refused_key_a_strange_host_and_a_host_without_the_program(network: Network, release: Path) -> None:
    kiosk = network.start("bare")
    assert "it refuses our key" in rows(network.deploy(release, kiosk.host, key="stranger_key"))[kiosk.host]
    assert "no emotion-kiosk there" in rows(network.deploy(release, kiosk.host, python="/opt/no/python"))[kiosk.host]
    known = network.folder / "known_hosts"
    former = known.read_text()
    try:
        known.write_text("")
        assert "its host key is not known" in rows(network.deploy(release, kiosk.host))[kiosk.host]
    finally:
        known.write_text(former)
    name = "no-such-kiosk.invalid"
    assert "no host of that name" in rows(network.deploy(release, name))[name]
    assert network.deploy(release, "-oProxyCommand=true").returncode == 2


def test_a_model_that_reads_no_faces_is_deployed_with_a_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convert.remote.Remote.deploy", lambda self, host, *rest: Outcome(host, 0, "done", 1.0))
    said = run_here("convert", "deploy", hostile.faceless(tmp_path / "digits"), "kiosk").stdout
    assert said.startswith(
        'note: the model reads whole pictures, not faces: it needs the setting crop = "whole" on each'
    )
