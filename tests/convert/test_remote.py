"""What goes wrong on a kiosk, in plain words."""

import pytest

from convert.remote import Outcome, explain

UNKNOWN_KEY = (
    "No ED25519 host key is known for kiosk and you have requested strict checking.\nHost key verification failed.\n"
)
CHANGED_KEY = """@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
Offending ECDSA key in /home/pi/.ssh/known_hosts:3
  remove with:
  ssh-keygen -f '/home/pi/.ssh/known_hosts' -R '[kiosk]:2222'
Host key for [kiosk]:2222 has changed and you have requested strict checking.
Host key verification failed.
"""


@pytest.mark.parametrize(
    ("status", "complaint", "begun", "said"),
    [
        (1, "sudo: a password is required\n", False, "sudo asks for a password there"),
        (1, "error: /var/lib/emotion-kiosk: No space left on device\n", True, "No space left on device"),
        (92, "tar: emotion.tflite: Cannot write: No space left on device\n", False, "its disk is full"),
        (92, "mktemp: failed to create directory: Read-only file system\n", False, "Read-only file system"),
        (255, "ssh: connect to host kiosk port 22: Connection timed out\n", False, "is it on, and in this network?"),
        (255, "client_loop: send disconnect: Broken pipe\n", True, "the connection was lost; it goes on by itself"),
        (255, UNKNOWN_KEY, False, "its host key is not known here: log in once by hand"),
        (
            255,
            CHANGED_KEY,
            False,
            "another one than before: if it was set up anew, forget the former one with ssh-keygen "
            "-f '/home/pi/.ssh/known_hosts' -R '[kiosk]:2222' and log in",
        ),
        (255, CHANGED_KEY.replace("ssh-keygen", "#"), False, "with ssh-keygen -R HOST and log in"),
        (-9, "", True, "gave no answer in time"),
        (
            3,
            "warning: x\nerror: back to release 34946b6eb79c (no frames for 3.1 s): why\n",
            True,
            "back to release 3494",
        ),
        (1, "/usr/bin/python3: No module named device\n", False, "its program is too old or not whole"),
        (7, "", False, "ended with status 7 and no word"),
    ],
)
def test_what_goes_wrong_is_said_in_plain_words(status: int, complaint: str, begun: bool, said: str) -> None:
    assert said in explain(status, complaint, begun)
    assert "\n" not in explain(status, complaint, begun)


def test_outcomes_in_a_word() -> None:
    assert [Outcome("a", status, "x", 0).word for status in (0, 1, 2, 3)] == ["active", "failed", "unusable", "refused"]
    assert Outcome("a", 3, "back to release bundled (..): why", 0).word == "rolled back"
