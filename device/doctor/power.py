"""Heat and current: what slows a Pi down, or makes it fail at night."""

from collections.abc import Iterator

from device.doctor.examination import Examination
from device.doctor.finding import Finding
from device.service.temperature import read_celsius

_HARD_CELSIUS = 85.0  # from here on a Pi's firmware slows it down as far as it goes
# Bits of the firmware's word: now, and since the start (raspberrypi.com, `vcgencmd get_throttled`).
_LOW_VOLTAGE, _LOW_VOLTAGE_ONCE = 1 << 0, 1 << 16
_SLOWED = {1 << 1: "its clock is capped", 1 << 2: "it is throttled", 1 << 3: "it is at its soft temperature limit"}
_SLOWED_ONCE = 1 << 17 | 1 << 18 | 1 << 19
_SUPPLY = "use the power supply made for this Pi (5 V 3 A; a Pi 5: 5 A) and a short cable; unplug what draws from USB"
_COOL = "a heat sink or fan, a case with holes, out of the sun"


def temperature(case: Examination) -> Iterator[Finding]:
    """The processor's temperature, beside the one at which the kiosk slows down and the one at which the Pi does."""
    celsius, hot = read_celsius(case.host.root), case.settings.hot_celsius
    if celsius is None:
        yield Finding("temperature", "none", "this machine tells of none")
    elif celsius >= _HARD_CELSIUS:
        yield Finding("temperature", "fault", f"{celsius:.0f} C: the processor is about to stop working", _COOL)
    elif celsius >= hot:
        yield Finding("temperature", "warning", f"{celsius:.0f} C: the kiosk reads slower from {hot:g} C on", _COOL)
    else:
        yield Finding("temperature", "ok", f"{celsius:.0f} C")


def throttling(case: Examination) -> Iterator[Finding]:
    """The firmware's word on voltage and throttling, now and since the start."""
    word = _word(case)
    if word is None:
        if case.host.pi:
            cure = "sudo apt install raspi-utils (vcgencmd), and look as root"
            yield Finding("power", "warning", "the firmware does not tell of voltage and throttling", cure)
        else:
            yield Finding("power", "none", "only a Raspberry Pi tells of its voltage")
        return
    if word & _LOW_VOLTAGE:
        yield Finding("power", "fault", "the voltage is too low, now", _SUPPLY)
    elif word & _LOW_VOLTAGE_ONCE:
        yield Finding("power", "warning", "the voltage has been too low since the start", _SUPPLY)
    else:
        yield Finding("power", "ok", "the voltage has been good since the start")
    now = [text for bit, text in _SLOWED.items() if word & bit]
    if now:
        yield Finding("throttling", "warning", f"the processor is slowed down: {', '.join(now)}", _COOL)
    elif word & _SLOWED_ONCE:
        yield Finding("throttling", "warning", "the processor has been slowed down since the start", _COOL)
    else:
        yield Finding("throttling", "ok", "the processor has never been slowed down since the start")


def _word(case: Examination) -> int | None:
    for file in case.host.glob("sys/devices/platform/soc*/*firmware*/get_throttled"):
        text = case.host.read(file.relative_to(case.host.root))
        if text:
            return int(text, 16)
    if case.host.pi:
        output = case.host.run(["vcgencmd", "get_throttled"])  # throttled=0x50005
        if output.status == 0 and "=" in output.out:
            return int(output.out.split("=")[1], 16)
    return None
