"""Python, NumPy, OpenCV and the interpreter: do they go together here?"""

import json
import sys
from collections.abc import Iterator

from device.camera.names import picamera_number
from device.doctor.examination import Examination
from device.doctor.finding import Finding
from device.doctor.host import Output

_ANEW = "make the environment anew: sudo systemd/install"
_ABI = ("compiled using NumPy", "numpy.core.multiarray", "numpy._core.multiarray", "_ARRAY_API", "dtype size changed")


def python(case: Examination) -> Iterator[Finding]:
    """The Python that runs this: its version, and whether it sees picamera2 where that is asked for."""
    version = sys.version_info
    text = f"{version[0]}.{version[1]}.{version[2]} in {sys.prefix}"
    good = (3, 11) <= version[:2] <= (3, 13)
    yield Finding("python", "ok" if good else "fault", text, "" if good else "use Python 3.11, 3.12 or 3.13")
    if case.host.pi and sys.prefix != sys.base_prefix and picamera_number(case.settings.camera) is not None:
        config = case.host.read(f"{sys.prefix}/pyvenv.cfg").replace(" ", "")
        if "include-system-site-packages=true" not in config:
            cure = "python3 -m venv --system-site-packages"
            yield Finding("python", "fault", "this environment does not see picamera2, which apt installs", cure)


def opencv(case: Examination) -> Iterator[Finding]:
    """NumPy and OpenCV: whether they load together and one search of the cascade ends."""
    output = case.host.probe("opencv")
    if output.status:
        yield from _broken("opencv", output)
        return
    found = json.loads(output.out)
    yield Finding("numpy", "ok", f"{found['numpy']} goes with OpenCV")
    text = f"{found['opencv']} with its cascade, one search {found['search_ms']:.0f} ms ({found['file']})"
    yield Finding("opencv", "ok", text)


def interpreter(case: Examination) -> Iterator[Finding]:
    """The interpreter that the settings name: whether it runs the kiosk's model once."""
    settings = case.settings
    output = case.host.probe("model", str(case.model()), settings.interpreter, str(settings.threads))
    if output.status:
        yield from _broken("interpreter", output)
        return
    found = json.loads(output.out)
    text = f"{found['runtime']}, {found['run_ms']:.1f} ms for {found['labels']} emotions"
    yield Finding("interpreter", "ok", text)


def _broken(check: str, output: Output) -> Iterator[Finding]:
    if any(word in output.err for word in _ABI):
        cure = f"pip install 'numpy<2' in this environment, or {_ANEW}"
        yield Finding("numpy", "fault", f"NumPy and {check} do not go together: {output.ending}", cure)
    elif output.status == -4:
        yield Finding(check, "fault", f"{output.ending}: it is built for another processor", _ANEW)
    elif "Cure: " in output.ending:
        text, _, cure = output.ending.partition(" Cure: ")
        yield Finding(check, "fault", text, cure)
    elif "No module named 'cv2'" in output.err:
        yield Finding(check, "fault", "OpenCV is not installed", "sudo apt install python3-opencv opencv-data")
    else:
        yield Finding(check, "fault", output.ending, _ANEW)
