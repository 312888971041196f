"""The camera that the settings name, and the screen: there, free, and allowed?"""

import importlib.util
import json
import re
from collections.abc import Iterator
from pathlib import Path

from device.doctor.examination import Examination
from device.doctor.finding import Finding

_NAMED = re.compile(r"\d+|/dev/(video\d+|v4l/.+)")


def camera(case: Examination) -> Iterator[Finding]:
    name = case.settings.camera
    if name.startswith("picamera2"):
        yield from _picamera(case, int(name.partition(":")[2] or 0))
    elif _NAMED.fullmatch(name):
        yield from _webcam(case, Path(f"/dev/video{name}" if name.isdecimal() else name))
    elif case.host.path(Path(name.removeprefix("mock:")).absolute()).exists():
        yield Finding("camera", "ok", f"a recording: {name}")
    else:
        yield Finding("camera", "fault", f"no such recording: {name}", "set camera to picamera2, /dev/video0 or a file")


def screen(case: Examination) -> Iterator[Finding]:
    host, wanted = case.host, set(case.settings.display) & {"auto", "window", "drm", "fb"}
    if not wanted:
        yield Finding("screen", "none", "the settings ask for none")
        return
    plugged = [path.parent.name for path in host.glob("sys/class/drm/card*-*/status") if _connected(path)]
    framebuffer = host.path("/dev/fb0").exists()
    pygame = importlib.util.find_spec("pygame") is not None
    if wanted & {"window", "drm"} and not pygame:
        yield Finding("screen", "fault", f"{' '.join(wanted)} needs pygame-ce", "pip install pygame-ce, or set fb")
    elif plugged:
        yield Finding("screen", "ok", f"plugged in: {', '.join(plugged)}")
    elif framebuffer and wanted & {"auto", "fb"}:
        yield Finding("screen", "ok", "/dev/fb0")
    elif "fb" in wanted:
        yield Finding("screen", "warning", "no /dev/fb0", "display = 'drm', or 'none'")
    else:
        cure = "plug one in before the Pi gets power, or display = 'none'"
        yield Finding("screen", "warning", "no screen is plugged in; the kiosk reads without", cure)


def _webcam(case: Examination, device: Path) -> Iterator[Finding]:
    host = case.host
    path = host.path(device)
    if not path.exists():
        there = ", ".join(host.name(other) for other in host.glob("dev/video*")) or "none"
        cure = "plug it in, or set camera to one that is there (picamera2 for the Pi's own)"
        yield Finding("camera", "fault", f"no {device}; cameras that are there: {there}", cure)
        return
    users = list(host.users(path))
    others = [name for name, is_kiosk in users if not is_kiosk]
    if others:
        yield Finding("camera", "fault", f"{device} is busy: {', '.join(others)}", "end that program")
    else:
        yield Finding("camera", "ok", f"{device}{', read by the kiosk' if users else ' is there and free'}")


def _picamera(case: Examination, number: int) -> Iterator[Finding]:
    host = case.host
    if not host.pi and not host.glob("dev/media*"):
        yield Finding("camera", "fault", "this is no Raspberry Pi, and has no picamera2", "camera = '/dev/video0'")
        return
    users = [user for device in host.glob("dev/media*") for user in host.users(device)]
    others = sorted({name for name, is_kiosk in users if not is_kiosk})
    if others:
        # A desktop's sound server opens it, too, and does not keep the kiosk from it.
        text = f"{', '.join(others)} has the Pi's camera open"
        yield Finding("camera", "warning", text, "end that program if the kiosk says that the camera is busy")
    output = host.probe("picamera")
    if output.status:
        missing = "No module named 'picamera2'" in output.err or "No module named 'libcamera'" in output.err
        cure = "sudo apt install python3-picamera2" if missing else "sudo apt full-upgrade, then sudo systemd/install"
        yield Finding("camera", "fault", f"picamera2: {output.ending}", cure)
        return
    cameras = json.loads(output.out)["cameras"]
    if number >= len(cameras):
        cure = "power off, seat the ribbon cable at both ends; then rpicam-hello --list-cameras"
        yield Finding("camera", "fault", f"no camera {number} at the connectors: {len(cameras)} found", cure)
        return
    busy = ", read by the kiosk" if users else ""
    yield Finding("camera", "ok", f"{cameras[number]} at connector {number}{busy}")


def _connected(status: Path) -> bool:
    try:
        return status.read_text().strip() == "connected"
    except OSError:
        return False
