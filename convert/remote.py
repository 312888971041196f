"""One kiosk over ssh: a release goes there through the connection, and `device activate` takes it in."""

import io
import subprocess
import tarfile
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from device.net.model_file import JSON_NAME, MODEL_NAME, SIGNATURE_NAME

PYTHON = "/opt/emotion-kiosk/current/venv/bin/python"  # of the program on the kiosk
_NO_PROGRAM, _NO_ROOM = 91, 92  # exit statuses of our own script there
_SSH_FAILED = 255
_GRACE_SECONDS = 300.0  # what an activation takes at most beside its probation
_CHUNK = 16_384  # bytes
_OPTIONS = ("BatchMode=yes", "ConnectTimeout=10", "ServerAliveInterval=5", "ServerAliveCountMax=4")


@dataclass(frozen=True)
class Outcome:
    """How it went on one host."""

    host: str
    status: int  # of `device activate`; 1 where it was not reached
    said: str  # its last line, or what is wrong and the cure
    seconds: float

    @property
    def word(self) -> str:
        """The outcome in a word or two, for the table."""
        words = {0: "active", 2: "unusable", 3: "refused"}
        return "rolled back" if self.said.startswith("back to release") else words.get(self.status, "failed")


def pack(release: Path) -> bytes:
    """The release as a tar archive: the whole of it, in one piece."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name in (MODEL_NAME, JSON_NAME, SIGNATURE_NAME):
            if (release / name).is_file():
                content = (release / name).read_bytes()
                part = tarfile.TarInfo(name)
                part.size, part.mode = len(content), 0o644
                archive.addfile(part, io.BytesIO(content))
    return packed.getvalue()


@dataclass(frozen=True)
class Remote:
    """How kiosks are reached, and what is asked of them."""

    options: Sequence[str] = ()  # for ssh -o; they come before our own
    python: str = PYTHON
    probation: float = 60.0  # seconds

    def deploy(self, host: str, packed: bytes, sent: Callable[[int], object], said: Callable[[str], object]) -> Outcome:
        """Copy and activate; never raises for what goes wrong there.

        Args:
            host: as ssh takes it: [user@]host, an alias of ssh's configuration, or ssh://user@host:port.
            packed: see `pack`.
            sent: told the bytes of each piece that is under way.
            said: told each line of the activation.
        """
        started = time.monotonic()
        options = [word for option in (*self.options, *_OPTIONS) for word in ("-o", option)]
        command = ["ssh", "-T", *options, "--", host, f"sh -c {quote(self._script())}"]
        lines: list[str] = []
        with tempfile.TemporaryFile("w+") as complaints:
            try:
                ssh = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints)
            except FileNotFoundError:
                return Outcome(host, 1, "ssh is not installed here: sudo apt install openssh-client", 0.0)
            limit = threading.Timer(self.probation + _GRACE_SECONDS, ssh.kill)
            limit.start()
            try:
                _send(ssh, packed, sent)
                assert ssh.stdout is not None
                for raw in ssh.stdout:
                    lines.append(raw.decode(errors="replace").rstrip())
                    said(lines[-1])
                ssh.wait()
            finally:
                limit.cancel()
                ssh.kill()
            complaints.seek(0)
            complaint = complaints.read()
        status = ssh.returncode
        text = (lines or ["done"])[-1] if status == 0 else explain(status, complaint, bool(lines))
        return Outcome(host, status if status in (0, 2, 3) else 1, text, time.monotonic() - started)

    def _script(self) -> str:
        python = quote(self.python)
        return (
            f"[ -x {python} ] || exit {_NO_PROGRAM}; "
            f"d=$(mktemp -d) || exit {_NO_ROOM}; trap 'rm -rf \"$d\"' EXIT; "
            f'tar -xf - -C "$d" || exit {_NO_ROOM}; '
            '[ "$(id -u)" = 0 ] && root= || root="sudo -n"; '
            f'$root {python} -P -m device activate "$d" --probation {self.probation:g}'
        )


def _send(ssh: subprocess.Popen[bytes], packed: bytes, sent: Callable[[int], object]) -> None:
    assert ssh.stdin is not None
    try:
        for start in range(0, len(packed), _CHUNK):
            piece = packed[start : start + _CHUNK]
            ssh.stdin.write(piece)
            ssh.stdin.flush()
            sent(len(piece))
        ssh.stdin.close()
    except BrokenPipeError:
        return  # ssh's own words say why


_CURES = (  # what ssh, sudo or the host say, and what it means
    ("Could not resolve hostname", "no host of that name: check its spelling, or add it to ~/.ssh/config"),
    ("Connection refused", "no ssh listens there: sudo systemctl enable --now ssh"),
    ("Connection timed out", "does not answer: is it on, and in this network?"),
    ("No route to host", "does not answer: is it on, and in this network?"),
    ("Network is unreachable", "this machine has no network to it"),
    (
        "REMOTE HOST IDENTIFICATION HAS CHANGED",
        "its host key is another one than before: if it was set up anew, forget the former one with {forget} and log "
        "in once by hand with ssh; if not, another machine answers in its place",
    ),
    ("Host key verification failed", "its host key is not known here: log in once by hand with ssh"),
    ("Permission denied (", "it refuses our key: ssh-copy-id to it"),
    ("Too many authentication failures", "it refuses our keys: name one in ~/.ssh/config"),
    ("a password is required", "sudo asks for a password there: let the user run `device activate` without (README)"),
    ("is not in the sudoers", "the user may not use sudo there: let him run `device activate` (README)"),
    ("sudo: not found", "there is no sudo: deploy as root"),
    ("No space left", "its disk is full"),
    ("No module named", "its program is too old or not whole: run systemd/install there"),
    ("Bad configuration option", "ssh does not know an -o option"),
)


def explain(status: int, complaint: str, begun: bool) -> str:
    """One line for a person, with the cure where there is one.

    Args:
        status: ssh's exit status.
        complaint: all that came on stderr.
        begun: whether the activation had said something.
    """
    lines = [line.strip() for line in complaint.splitlines() if line.strip()]
    errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    if errors and status != _SSH_FAILED:
        return errors[-1]
    if status == _NO_PROGRAM:
        return "no emotion-kiosk there: run systemd/install on it"
    for words, cure in _CURES:
        if words in complaint:
            return cure.format(forget=_forget(lines))
    if status == _NO_ROOM:
        return f"cannot take the copy in: {lines[-1] if lines else 'no reason given'}"
    if status < 0:
        return "gave no answer in time; what it runs now is not known: deploy again"
    if status == _SSH_FAILED and begun:
        return "the connection was lost; it goes on by itself: deploy again to see how it ended"
    return lines[-1] if lines else f"ended with status {status} and no word"


def _forget(lines: list[str]) -> str:
    """The command that ssh proposes against a former key of the host, since it knows its file and its port."""
    return next((line for line in lines if line.startswith("ssh-keygen ") and " -R " in line), "ssh-keygen -R HOST")
