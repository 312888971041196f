"""The outputs that the settings ask for."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from device.camera.names import is_live
from device.contract import Output
from device.errors import UsageError
from device.outputs.contact_sheet import ContactSheet
from device.outputs.events import EndlessEventLog, EventLog, EventStream
from device.outputs.line_pipe import is_pipe
from device.outputs.video_file import VideoFile
from device.process import output_paths
from device.process.stop import NEVER, Stop
from device.reading.tally import Tally
from device.screen import auto
from device.screen.screen import Screen
from device.screen.screen_hours import ScreenHours
from device.settings.forms import VIDEO_FILES, is_screen
from device.settings.settings import Settings


def check_outputs(settings: Settings) -> None:
    """Raise UsageError where an output cannot work here, so that long work is not lost at its end."""
    for name in settings.display:
        if is_screen(name):
            _check_screen(name)
    files = [name for name in settings.display if name != "none" and not is_screen(name)]
    if settings.events not in ("", "-"):
        files.append(settings.events)
    output_paths.check_all(settings.camera, files)


def make_outputs(
    settings: Settings,
    tally: Tally,
    camera_rate: Callable[[], float],
    on_close: Callable[[], None],
    stop: Stop = NEVER,
) -> Iterator[Output]:
    """Events and displays, none of them open yet.

    Args:
        tally: tells a screen the rate.
        camera_rate: frames a second of the camera, asked when the first frame is there.
        on_close: called when somebody closes a screen's window.
        stop: ends the wait for who reads the events of a recording.
    """
    if settings.events:
        yield make_event_log(settings, stop)
    for name in settings.display:
        if not is_screen(name) and name != "none":
            path = Path(name)
            yield VideoFile(path, camera_rate) if path.suffix.lower() in VIDEO_FILES else ContactSheet(path)
    yield from make_screens(settings, tally, on_close)


def make_event_log(settings: Settings, stop: Stop = NEVER) -> Output:
    """A file that is written once for a recording, one that is appended to and bounded for a kiosk, or a pipe."""
    if not goes_on(settings):
        return EventLog(settings.events, stop=stop)
    return (
        EventStream(settings.events) if is_pipe(settings.events) else EndlessEventLog(Path(settings.events), settings)
    )


def make_screens(settings: Settings, tally: Tally, on_close: Callable[[], None]) -> list[Output]:
    """The screens among the displays: `window` (on the desktop), `drm` (HDMI without a desktop), `fb` (/dev/fb0),
    `/dev/fbN`, or `auto`, the best of these that is there at each attempt.

    Raises:
        UsageError: what one of them needs is not installed.
    """
    screens: list[Output] = []
    for name in filter(is_screen, settings.display):
        _check_screen(name)
        screen = Screen(name, _chooser(name), lambda: tally.rate, on_close)
        screens.append(ScreenHours(screen, settings.screen_hours))
    return screens


def goes_on(settings: Settings) -> bool:
    """Whether the run has no end of its own, as a kiosk has none: then it keeps hours, and bounds what it writes."""
    return is_live(settings.camera) or settings.loop


def _chooser(name: str) -> Callable[[], str]:
    return (lambda: auto.choose(auto.surroundings())) if name == "auto" else (lambda: name)


def _check_screen(name: str) -> None:
    if sys.platform != "linux":
        raise UsageError(f"display {name} needs Linux; FILE.mp4 and FILE.png do not")
    if name in ("window", "drm") and not auto.surroundings().pygame:
        raise UsageError(f"display {name} needs pygame-ce: pip install pygame-ce")
