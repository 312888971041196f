"""The camera that the settings name, and the screen: there, free, and allowed?"""

import json
from collections.abc import Iterator
from pathlib import Path

from device.camera import names, network_host
from device.doctor.examination import Examination
from device.doctor.finding import Finding
from device.doctor.host import Host
from device.errors import UsageError
from device.process.holders import Holder, holders
from device.screen import auto
from device.service.unit import UNIT
from device.settings.forms import is_screen

_UNIT_FILE = Path("/etc/systemd/system") / UNIT


def camera(case: Examination) -> Iterator[Finding]:
    """The camera or recording that the settings name: whether it is there, and whether another program holds it."""
    name = case.settings.camera
    number, device = names.picamera_number(name), names.webcam_device(name)
    if number is not None:
        yield from _picamera(case, number)
    elif names.is_network(name):
        yield from _network(case)
    elif device is not None:
        yield from _webcam(case, device)
    elif case.host.path(Path(names.recording(name)).absolute()).exists():
        yield Finding("camera", "ok", f"a recording: {name}")
    else:
        yield Finding(
            "camera",
            "fault",
            f"no such recording: {names.public(name)}",
            "set camera to picamera2, /dev/video0 or a file",
        )


def screen(case: Examination) -> Iterator[Finding]:
    """The screens that the settings ask for: whether one is plugged in, and whether the program for it is installed."""
    host, wanted = case.host, {name for name in case.settings.display if is_screen(name)}
    if not wanted:
        yield Finding("screen", "none", "the settings ask for none")
        return
    plugged = auto.plugged(host.root)
    framebuffers = {str(auto.FRAMEBUFFER) if name in ("auto", "fb") else name for name in wanted - {"window", "drm"}}
    there = sorted(name for name in framebuffers if host.path(name).exists())
    if wanted & {"window", "drm"} and not auto.surroundings(root=host.root).pygame:
        yield Finding("screen", "fault", f"{' '.join(wanted)} needs pygame-ce", "pip install pygame-ce, or set fb")
    elif plugged:
        yield Finding("screen", "ok", f"plugged in: {', '.join(plugged)}")
    elif there:
        yield Finding("screen", "ok", ", ".join(there))
    elif wanted - {"auto", "window", "drm"}:
        yield Finding("screen", "warning", f"no {' '.join(sorted(framebuffers))}", "display = 'drm', or 'none'")
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
    users = list(holders(path, host.root))
    others = [str(user) for user in users if not _is_kiosk(host, user)]
    if others:
        yield Finding("camera", "fault", f"{device} is busy: {', '.join(others)}", "end that program")
    else:
        yield Finding("camera", "ok", f"{device}{', read by the kiosk' if users else ' is there and free'}")


def _network(case: Examination) -> Iterator[Finding]:
    host, settings = case.host, case.settings
    shown = names.public(settings.camera)
    if host.path(_UNIT_FILE).exists() and not any("PrivateNetwork=no" in path.read_text() for path in _drop_ins(host)):
        cure = f"copy network-camera.conf into {_UNIT_FILE}.d, then sudo systemctl daemon-reload"
        yield Finding("camera", "fault", f"{shown}: the service has no network", cure)
    try:
        where = network_host.address(settings.camera, settings.camera_login)
    except UsageError as error:
        yield Finding("camera", "fault", str(error), "mend camera or camera_login")
        return
    status, fault = network_host.ask(where)
    if names.has_login(settings.camera):
        cure = "write user:password into a file of its own, and camera_login = that file"
        yield Finding("camera", "warning", f"{shown}: the login stands in the settings", cure)
    if fault:
        yield Finding("camera", "fault", f"{shown}: {fault}", "is it on, and is its address right?")
    elif status in (401, 403) and where == settings.camera and not names.has_login(where):
        cure = "write user:password into a file, and camera_login = that file"
        yield Finding("camera", "fault", f"{shown} asks for a login", cure)
    else:
        yield Finding("camera", "ok", f"{shown} answers")


def _drop_ins(host: Host) -> list[Path]:
    return host.glob(f"{str(_UNIT_FILE).lstrip('/')}.d/*.conf")


def _picamera(case: Examination, number: int) -> Iterator[Finding]:
    host = case.host
    if not host.pi and not host.glob("dev/media*"):
        yield Finding("camera", "fault", "this is no Raspberry Pi, and has no picamera2", "camera = '/dev/video0'")
        return
    users = [user for device in host.glob("dev/media*") for user in holders(device, host.root)]
    others = sorted({str(user) for user in users if not _is_kiosk(host, user)})
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


def _is_kiosk(host: Host, holder: Holder) -> bool:
    """Whether it is a process of the service, by its control group."""
    return UNIT in host.read(f"/proc/{holder.number}/cgroup")
