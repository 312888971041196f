"""Puts the parts together as the settings say, and runs them."""

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import cv2

from device.camera.make import Camera, is_live, open_camera
from device.camera.opening_hours import Attended
from device.camera.pace import Governor, Rates
from device.camera.waiting import wait_for_camera
from device.errors import HardwareError, KioskError, OutputError, UsageError
from device.faces.detector import FaceDetector
from device.faces.tracker import Tracker
from device.net.classifier import Classifier
from device.outputs.console import Console
from device.outputs.events import EndlessEventLog, EventLog
from device.outputs.line_file import EventFile
from device.outputs.make import Screen, open_display
from device.process import output_paths
from device.process.stop import StopOnSignal
from device.reading.pipeline import Pipeline, Sink, run
from device.reading.steady_label import Smoother
from device.releases import active
from device.screen.screen_hours import HourlyScreen
from device.service.notify import Notifier
from device.settings.forms import is_screen
from device.settings.reload import Reload
from device.settings.settings import Settings

_CLOSING_SECONDS = 5.0  # for what is open, once a camera has stalled


def build_pipeline(settings: Settings) -> Pipeline:
    """Cascade and interpreter loaded once.

    Raises:
        KioskError: a model, interpreter or cascade that is missing or unusable.
    """
    # Searches around known faces are too small to share out; the processor's other cores stay free.
    cv2.setNumThreads(settings.threads)
    classifier = Classifier(active.load(settings.model), settings.interpreter, settings.threads)
    pipeline = Pipeline(FaceDetector(), classifier, Tracker(), Smoother())
    tune(pipeline, settings)
    return pipeline


def tune(pipeline: Pipeline, settings: Settings, governor: Governor | None = None) -> None:
    """Set what may be set anew while the parts work. What they remember of the faces stays."""
    pipeline.detector.tune(settings.smallest_face, settings.face_neighbours, settings.scan_seconds)
    tracker, smoother = pipeline.tracker, pipeline.smoother
    tracker.memory, tracker.hold = settings.face_memory_seconds, settings.hold_seconds
    tracker.look_seconds, pipeline.read_seconds = settings.look_seconds, settings.read_seconds
    smoother.seconds, smoother.margin = settings.smoothing_seconds, settings.label_margin
    smoother.sure = settings.least_confidence or pipeline.classifier.card.least_confidence
    if governor is not None:
        governor.rates = _rates(settings)


def check(settings: Settings) -> None:
    """Build everything that needs no camera, and say what would run.

    Raises:
        UsageError: a line for each part that cannot be built.
    """
    made: list[Any] = []
    faults = []
    for make in (build_pipeline, _check_outputs, open_camera):
        try:
            made.append(make(settings))
        except KioskError as error:
            faults.append(str(error))
    if faults:
        raise UsageError("\n".join(faults))
    print(f"settings are good: camera {settings.camera}, {_about(settings, made[0])}")


def run_service(settings: Settings, notifier: Notifier, stop: StopOnSignal, reload: Reload | None = None) -> None:
    """run_kiosk, under systemd: a camera that is away is waited for, in sight of everybody.

    Args:
        reload: other settings end the wait, if they are good.

    Raises:
        KioskError: with the exit status of its kind; HardwareError where a new start is to follow.
    """
    notifier.allow(frame_seconds(settings))
    try:
        run_kiosk(settings, notifier=notifier, stop=stop, reload=reload)
    except OutputError:
        raise
    except HardwareError as error:
        news = wait_for_camera(
            error, settings, notifier, stop.is_set, lambda: reload is not None and reload.renewed(check)
        )
        if news:
            raise HardwareError(news) from error


def run_kiosk(
    settings: Settings,
    quiet: bool = False,
    with_ms: bool = True,
    extra: tuple[Sink, ...] = (),
    notifier: Notifier | None = None,
    stop: StopOnSignal | None = None,
    reload: Reload | None = None,
) -> None:
    """Read frames until the camera ends or a signal asks to stop.

    Args:
        quiet: print nothing for a person.
        with_ms: whether events carry wall-clock times.
        extra: further takers of readings.
        notifier: tells systemd of each finished frame; readings then are not printed, the journal is no place for them.
        stop: asks to stop.
        reload: takes the settings as they are by now, when SIGHUP asks for it; None leaves that signal alone.

    Raises:
        KioskError: with the exit status of its kind.
    """
    stop = stop or StopOnSignal()
    _check_outputs(settings)
    pipeline = build_pipeline(settings)
    governor = _governor(settings)
    # Called every second while the hours keep the camera closed, with the reason: what must go on all the same, as a
    # service's watchdog.
    resting: list[Callable[[str], None]] = [notifier.resting] if notifier else []
    # Called at a reload with the new settings.
    taking: list[Callable[[Settings], None]] = [lambda new: tune(pipeline, new, governor)]
    sinks: list[Sink] = list(extra)
    with ExitStack() as parts:
        source = open_camera(settings, governor.takes) if governor else open_camera(settings)
        camera: Camera | Attended = source
        if _goes_on(settings):
            camera = Attended(source, settings.hours, resting, stop.is_set)
            taking.append(camera.take)
        parts.enter_context(camera)
        if settings.events:
            log = _event_log(settings, with_ms, taking)
            parts.enter_context(log)
            sinks.append(log)
        for name in settings.display:
            display = open_display(name, camera.frames_per_second, stop.ask)
            if isinstance(display, Screen):
                display = HourlyScreen(display, settings.screen_hours)
                taking.append(display.take)
                resting.append(display.rest)
            parts.enter_context(display)
            sinks.append(display)
        if not quiet and settings.events != "-":
            print(f"{camera.describe()}; {_about(settings, pipeline)}", flush=True)
            if not notifier:
                sinks.append(parts.enter_context(Console()))
        if reload is not None:
            reload.taking += taking
            sinks.append(reload)
            resting.append(reload.rest)
        if notifier:
            notifier.model = f"model {settings.model} {pipeline.classifier.digest[:8]}"
            sinks.append(notifier)  # last: a frame is finished when all others have it
        started = time.perf_counter()
        count = run(camera, pipeline, sinks, stop.is_set, governor)
        seconds = time.perf_counter() - started
        if notifier:
            notifier.stopping()
    if not quiet and settings.events != "-":
        left_out = f"; {camera.dropped} were left out because newer ones had come" if camera.dropped else ""
        print(f"{count / seconds:.3g} frames a second, all in all{left_out}")
    if camera.lost():
        print(f"warning: {camera.lost()}", file=sys.stderr)


def _goes_on(settings: Settings) -> bool:
    """Whether the run has no end of its own, as a kiosk has none: then it keeps hours, and bounds what it writes."""
    return is_live(settings.camera) or settings.loop


def _event_log(
    settings: Settings, with_ms: bool, taking: list[Callable[[Settings], None]]
) -> EventLog | EndlessEventLog:
    path = Path(settings.events)
    if settings.events == "-" or not _goes_on(settings) or (path.exists() and not path.is_file()):
        return EventLog(settings.events, with_ms)
    file = EventFile(path, settings)
    taking.append(file.take)
    return EndlessEventLog(file)


def _governor(settings: Settings) -> Governor | None:
    return Governor(_rates(settings)) if is_live(settings.camera) else None


def _rates(settings: Settings) -> Rates:
    return Rates(settings.idle_seconds, settings.idle_rate, settings.hot_celsius, settings.hot_rate)


def frame_seconds(settings: Settings) -> float:
    """How long a finished frame of a live camera may be in coming, seconds: at the lowest rate that is set, and until
    a camera that stalls has said so itself."""
    slowest = min(settings.rate, settings.idle_rate, settings.hot_rate)
    return max(3 / slowest, settings.stall_seconds + _CLOSING_SECONDS) if is_live(settings.camera) else 0.0


def _check_outputs(settings: Settings) -> None:
    for name in settings.display:
        open_display(name, 1.0)
    files = [name for name in settings.display if name != "none" and not is_screen(name)]
    if settings.events not in ("", "-"):
        files.append(settings.events)
    output_paths.check_all(settings.camera, files)


def _about(settings: Settings, pipeline: Pipeline) -> str:
    classifier = pipeline.classifier
    return f"model {_name(settings.model, classifier.digest)} ({', '.join(classifier.labels)}) on {classifier.runtime}"


def _name(model: str, digest: str) -> str:
    return f"{model}, {digest[:12]}" if model == active.ACTIVE else model
