"""Does the service run, and if not, why?"""

from collections.abc import Iterator

from device.doctor.examination import Examination
from device.doctor.finding import Finding
from device.errors import HardwareError, KioskError
from device.service import unit
from device.service.unit import UNIT

_LOG = f"journalctl -u {UNIT} -n 30 has the reason"
_START = f"sudo systemctl restart {UNIT}"
_MANY_RESTARTS = 3
_STATUSES = {HardwareError.status: "camera or disk failed", KioskError.status: "settings or model cannot be used"}


def service(case: Examination) -> Iterator[Finding]:
    """The kiosk's unit as systemd has it: installed, running, started again and again, started with the machine."""
    state = unit.state(case.host.systemctl)
    if not state.load:
        yield Finding("service", "none", "systemd does not run here")
        return
    if state.load != "loaded":
        yield Finding("service", "none", f"{UNIT} is not installed: sudo systemd/install makes a service of the kiosk")
        return
    said = f": {state.status}" if state.status else ""
    if state.serves:
        yield Finding("service", "ok", f"{state.active}{said}")
    elif state.active == "failed":
        why = _STATUSES.get(state.exit_status, f"status {state.exit_status}")
        reason = unit.status_text(unit.FAULT_UNIT, case.host.systemctl)
        text = f"failed ({state.result}; {why}): {reason or state.status or 'it left no reason'}"
        yield Finding("service", "fault", text, f"{_LOG}; once it is mended, {_START}")
    elif state.active == "activating":
        yield Finding("service", "warning", f"is starting, or tries again ({state.detail}){said}", _LOG)
    else:
        yield Finding("service", "warning", f"is {state.active}", _START)
    if state.restarts >= _MANY_RESTARTS:
        yield Finding("service", "warning", f"systemd has started it again {state.restarts} times", _LOG)
    if state.boot == "disabled":
        yield Finding("service", "warning", "does not start with the machine", f"sudo systemctl enable {UNIT}")
