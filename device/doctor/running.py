"""Does the service run, and if not, why?"""

from collections.abc import Iterator

from device.doctor.examination import UNIT, Examination
from device.doctor.finding import Finding

_PROPERTIES = "LoadState,ActiveState,SubState,Result,ExecMainStatus,NRestarts,StatusText,UnitFileState"
_FAULT_UNIT = "emotion-kiosk-fault.service"  # tells why, for as long as it is so
_LOG = f"journalctl -u {UNIT} -n 30 has the reason"
_START = f"sudo systemctl restart {UNIT}"
_MANY_RESTARTS = 3
# What the kiosk's own exit status says (device/errors.py).
_STATUSES = {"1": "camera or disk failed", "2": "settings or model cannot be used"}


def service(case: Examination) -> Iterator[Finding]:
    output = case.host.run(["systemctl", "show", UNIT, "-p", _PROPERTIES])
    shown = dict(line.split("=", 1) for line in output.out.splitlines() if "=" in line)
    if output.status or not shown:
        yield Finding("service", "none", "systemd does not run here")
        return
    if shown["LoadState"] != "loaded":
        yield Finding("service", "none", f"{UNIT} is not installed: sudo systemd/install makes a service of the kiosk")
        return
    said = f": {shown['StatusText']}" if shown.get("StatusText") else ""
    state = shown["ActiveState"]
    if state in ("active", "reloading"):
        yield Finding("service", "ok", f"{state}{said}")
    elif state == "failed":
        why = _STATUSES.get(shown["ExecMainStatus"], f"status {shown['ExecMainStatus']}")
        reason = case.host.run(["systemctl", "show", _FAULT_UNIT, "-p", "StatusText", "--value"]).out.strip()
        text = f"failed ({shown['Result']}; {why}): {reason or shown.get('StatusText') or 'it left no reason'}"
        yield Finding("service", "fault", text, f"{_LOG}; once it is mended, {_START}")
    elif state == "activating":
        yield Finding("service", "warning", f"is starting, or tries again ({shown['SubState']}){said}", _LOG)
    else:
        yield Finding("service", "warning", f"is {state}", _START)
    restarts = int(shown.get("NRestarts") or 0)
    if restarts >= _MANY_RESTARTS:
        yield Finding("service", "warning", f"systemd has started it again {restarts} times", _LOG)
    if shown.get("UnitFileState") == "disabled":
        yield Finding("service", "warning", "does not start with the machine", f"sudo systemctl enable {UNIT}")
