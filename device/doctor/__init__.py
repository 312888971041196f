"""`device doctor`: everything that is known to go wrong on a Pi, looked at, each finding with its cure."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from device.doctor import access, chosen_model, clock, config_check, eyes, power, programs, running, storage
from device.doctor.examination import Examination
from device.doctor.finding import Finding, as_json, show
from device.doctor.host import Host
from device.errors import KioskError, RefusedError
from device.releases.store import Store, state_folder
from device.service import unit

CHECKS: tuple[Callable[[Examination], Iterable[Finding]], ...] = (
    programs.python, programs.opencv, programs.interpreter, chosen_model.model,
    chosen_model.release, chosen_model.probation,
    eyes.camera, eyes.screen, access.groups, access.devices, storage.space, storage.writable,
    power.temperature, power.throttling, clock.clock, running.service,
)  # fmt: skip


def run(config: Path | None, machine_readable: bool) -> None:
    """Examine this machine and print what was found.

    Raises:
        RefusedError: a fault was found.
    """
    findings = examine(Host(), config)
    if machine_readable:
        print(as_json(findings), flush=True)
    else:
        show(findings)
    faults = sum(finding.level == "fault" for finding in findings)
    if faults:
        raise RefusedError(f"{faults} fault{'s' if faults > 1 else ''} found: the cure stands below each")


def examine(host: Host, config: Path | None = None) -> list[Finding]:
    """All findings. A check that fails is a finding, too.

    Args:
        config: settings in TOML; None for the installed ones, or the defaults where there are none.
    """
    path = config or (unit.SETTINGS if host.path(unit.SETTINGS).exists() else None)
    settings, said = config_check.read(host, path)
    findings = [Finding("machine", "ok", host.pi or "no Raspberry Pi: what only one has is left out"), *said]
    case = Examination(host, settings, Store(host.path(state_folder().absolute())))
    for check in CHECKS:
        findings += _tried(check, case)
    return findings


def _tried(check: Callable[[Examination], Iterable[Finding]], case: Examination) -> Iterator[Finding]:
    try:
        yield from check(case)
    except KioskError as error:
        yield Finding(check.__name__, "fault", str(error))
    except Exception as error:
        text = f"could not be looked at ({type(error).__name__}: {error})"
        yield Finding(check.__name__, "warning", text, "look again as root: sudo emotion-kiosk doctor")
