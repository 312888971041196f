"""Who made a release: ssh-keygen's signatures over emotion.json, which holds the model's SHA-256.

Checked where /etc/emotion-kiosk/allowed_signers is (format: ssh-keygen(1), ALLOWED SIGNERS).
"""

import subprocess
from pathlib import Path

from device.errors import RefusedError, UsageError
from device.net.model_file import JSON_NAME, SIGNATURE_NAME

NAMESPACE = "emotion-kiosk-release"
ALLOWED_SIGNERS = Path("/etc/emotion-kiosk/allowed_signers")


def check(folder: Path, allowed: Path | None = None) -> str:
    """The signer of a release; empty where no list of allowed signers is, so that nothing is asked for.

    Raises:
        RefusedError: unsigned, or not signed by one of them.
        UsageError: no ssh-keygen here.
    """
    allowed = allowed or ALLOWED_SIGNERS
    if not allowed.exists():
        return ""
    signature = folder / SIGNATURE_NAME
    if not signature.is_file():
        raise RefusedError(f"the release is not signed, and {allowed} asks for it: python -m convert sign")
    found = _ssh_keygen("find-principals", "-f", allowed, "-s", signature)
    signers = found.stdout.decode(errors="replace").split("\n")[0].split(",")
    if found.returncode or not signers[0]:
        raise RefusedError(f"the release is signed by nobody whom {allowed} names")
    words = ("verify", "-f", allowed, "-I", signers[0], "-n", NAMESPACE, "-s", signature)
    verified = _ssh_keygen(*words, content=(folder / JSON_NAME).read_bytes())
    if verified.returncode:
        raise RefusedError(f"the release's signature is wrong: it was changed after {signers[0]} signed it")
    return signers[0]


def sign(folder: Path, key: Path) -> Path:
    """Sign a release with an ssh key (its private file, or the public one of a key that ssh-agent holds).

    Raises:
        UsageError: ssh-keygen does not take the key.
    """
    words = ("sign", "-f", key, "-n", NAMESPACE)
    made = _ssh_keygen(*words, content=(folder / JSON_NAME).read_bytes())
    if made.returncode or not made.stdout:
        said = (made.stderr.decode(errors="replace").strip() or "no signature").splitlines()[-1]
        raise UsageError(f"{key}: ssh-keygen cannot sign with it: {said}")
    signature = folder / SIGNATURE_NAME
    signature.write_bytes(made.stdout)
    return signature


def _ssh_keygen(*words: object, content: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["ssh-keygen", "-Y", *map(str, words)], input=content, capture_output=True, timeout=120)
    except FileNotFoundError as error:
        raise UsageError("ssh-keygen is needed for signatures: sudo apt install openssh-client") from error
