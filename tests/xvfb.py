"""An X server without a screen, for tests of windows."""

import ctypes
import ctypes.util
import os
import signal
import struct
import subprocess
import sys
from pathlib import Path
from typing import Self

import numpy as np

SIZE = (1280, 720)

_CLOSE = """
import ctypes, sys
x = ctypes.CDLL(sys.argv[1])
x.XOpenDisplay.restype = ctypes.c_void_p
x.XInternAtom.restype = x.XDefaultRootWindow.restype = ctypes.c_ulong
display = ctypes.c_void_p(x.XOpenDisplay(None))
root, parent = ctypes.c_ulong(), ctypes.c_ulong()
windows, count = ctypes.POINTER(ctypes.c_ulong)(), ctypes.c_uint()
x.XQueryTree(display, ctypes.c_ulong(x.XDefaultRootWindow(display)), ctypes.byref(root), ctypes.byref(parent),
             ctypes.byref(windows), ctypes.byref(count))

class Message(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int), ("serial", ctypes.c_ulong), ("sent", ctypes.c_int),
                ("display", ctypes.c_void_p), ("window", ctypes.c_ulong), ("kind", ctypes.c_ulong),
                ("format", ctypes.c_int), ("data", ctypes.c_long * 5), ("rest", ctypes.c_long * 24)]

atom = lambda name: x.XInternAtom(display, name, 0)
for window in windows[:count.value]:
    message = Message(33, 0, 1, None, window, atom(b"WM_PROTOCOLS"), 32, (atom(b"WM_DELETE_WINDOW"), 0, 0, 0, 0))
    x.XSendEvent(display, ctypes.c_ulong(window), 0, 0, ctypes.byref(message))
x.XSync(display, 0)
"""


class Xvfb:
    """Runs Xvfb at 1280x720; `environment` reaches it, and `folder` holds what it shows."""

    def __init__(self, folder: Path):
        self.folder = folder

    def __enter__(self) -> Self:
        read, write = os.pipe()
        words = ["-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24", "-nolisten", "tcp", "-fbdir", self.folder]
        self._server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), *words], pass_fds=[write], stderr=subprocess.DEVNULL
        )
        os.close(write)
        with os.fdopen(read) as number:
            self.environment = {"DISPLAY": f":{number.readline().strip()}"}
        return self

    def __exit__(self, *error: object) -> None:
        self.kill()

    def screenshot(self) -> np.ndarray:
        """What the screen shows, uint8 [720, 1280, 3], blue green red; an XWD file that the server keeps up to date."""
        content = (self.folder / "Xvfb_screen0").read_bytes()
        header = struct.unpack(">25I", content[:100])
        width, height, stride = header[4], header[5], header[12]
        rows = np.frombuffer(content, np.uint8, offset=header[0] + 12 * header[19])[: stride * height]
        return rows.reshape(height, stride)[:, : 4 * width].reshape(height, width, 4)[..., :3]

    def close_windows(self) -> None:
        """Ask every window to close, as a click on its cross does. In a process of its own: Xlib may end it."""
        command = [sys.executable, "-c", _CLOSE, ctypes.util.find_library("X11") or "libX11.so.6"]
        subprocess.run(command, env=os.environ | self.environment, check=True, timeout=20)

    def pause(self) -> None:
        self._server.send_signal(signal.SIGSTOP)

    def kill(self) -> None:
        self._server.kill()
        self._server.wait()
