"""SIGHUP: the settings are read again while the kiosk runs."""

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import fields, replace

from device.errors import KioskError
from device.settings.settings import RELOADABLE, Settings


class Reload:
    """Takes the signal over from when it is made, and does what it asks for between two frames.

    To be made before systemd hears of READY: from then on it may send the signal, which ends whoever does not take it.

    Args:
        settings: as they are.
        read: reads them again.
        hung_up: called instead where the signal says that the terminal is gone.
    """

    def __init__(self, settings: Settings, read: Callable[[], Settings], hung_up: Callable[[], None]):
        self.settings = settings
        self._read, self._hung_up = read, hung_up
        self._asked = False
        self._put_off: Settings | None = None  # read, but in part for the next start
        self._terminal = os.isatty(0)
        signal.signal(signal.SIGHUP, self._ask)

    def _ask(self, number: int, frame: object) -> None:
        if self._terminal and not os.isatty(0):
            self._hung_up()
        else:
            self._asked = True

    def taken(self) -> Settings | None:
        """Read them again, if that was asked for; one line on stderr says what came of it.

        Returns:
            the settings, of which only those that are RELOADABLE differ; None where nothing is to be adopted.
        """
        wanted = self._wanted()
        if wanted is None:
            return None
        changed = {
            field.name: getattr(wanted, field.name)
            for field in fields(Settings)
            if getattr(wanted, field.name) != getattr(self.settings, field.name)
        }
        now = {name: value for name, value in changed.items() if name in RELOADABLE}
        later = [name for name in changed if name not in RELOADABLE]
        self._put_off = wanted if later else None
        said = [", ".join(f"{name} = {value!r}" for name, value in now.items())] if now else []
        said += [f"from the next start on: {', '.join(later)}"] if later else []
        self._say(f"the settings were read again: {'; '.join(said) or 'nothing changed'}")
        if not now:
            return None
        self.settings = replace(self.settings, **now)
        return self.settings

    def renewed(self, check: Callable[[Settings], object]) -> bool:
        """`taken` for one who waits for a camera: whether there are other settings now that pass `check`.

        None of them is taken: a new start does that, for all of them. Settings that were put off to the next start
        before, as outside the hours, are such ones too.
        """
        if not self._asked and self._put_off is not None:
            self._asked, self._put_off = True, None
        wanted = self._wanted(check)
        if wanted == self.settings:
            self._say("the settings were read again: nothing changed")
        return wanted not in (None, self.settings)

    def _wanted(self, check: Callable[[Settings], object] = lambda settings: None) -> Settings | None:
        """None where nobody asked, or where they cannot be."""
        if not self._asked:
            return None
        self._asked = False
        try:
            wanted = self._read()
            check(wanted)
        except KioskError as error:
            self._say(f"the settings stay as they were: {'; '.join(str(error).splitlines())}")
            return None
        return wanted

    def _say(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)
