"""`python notifying_kiosk.py CONFIG`: the kiosk, with the least that a Type=notify unit needs told after each frame."""

import os
import socket
import sys
from pathlib import Path

from device import app
from device.settings import Settings


class Notify:
    """READY with the first finished frame; the watchdog is fed by finished frames alone."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._name = os.environ["NOTIFY_SOCKET"].replace("@", "\0", 1)

    def show(self, frame: object, reading: object) -> None:
        self._socket.sendto(b"READY=1\nWATCHDOG=1\nSTATUS=reading", self._name)


app.run_kiosk(Settings.read(Path(sys.argv[1])), extra=(Notify(),))
