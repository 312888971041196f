"""Puts the parts together as the settings say, and runs them."""

import sys
import time
from contextlib import ExitStack

import cv2

from device import model_file, outputs
from device.camera import is_live, open_camera
from device.classifier import Classifier
from device.console import Console
from device.display import is_screen, open_display
from device.errors import HardwareError
from device.events import EventLog
from device.faces import FaceDetector
from device.governor import Governor, Rates
from device.notify import Notifier
from device.patience import wait_for_camera
from device.pipeline import Pipeline, Sink, run
from device.settings import Settings
from device.smoothing import Smoother
from device.stop import StopOnSignal
from device.tracker import Tracker

_CLOSING_SECONDS = 5.0  # for what is open, once a camera has stalled


def build_pipeline(settings: Settings) -> Pipeline:
    """Cascade and interpreter loaded once.

    Raises:
        KioskError: a model, interpreter or cascade that is missing or unusable.
    """
    # Searches around known faces are too small to share out; the processor's other cores stay free.
    cv2.setNumThreads(settings.threads)
    classifier = Classifier(model_file.load(model_file.find(settings.model)), settings.interpreter, settings.threads)
    sure = settings.least_confidence or classifier.card.least_confidence
    return Pipeline(
        FaceDetector(settings.smallest_face, settings.face_neighbours, settings.scan_seconds),
        classifier,
        Tracker(settings.face_memory_seconds, settings.hold_seconds, settings.look_seconds),
        Smoother(settings.smoothing_seconds, settings.label_margin, sure),
        settings.read_seconds,
    )


def check(settings: Settings) -> None:
    """Build everything that needs no camera, and say what would run."""
    pipeline = build_pipeline(settings)
    _check_outputs(settings)
    open_camera(settings)
    print(f"settings are good: camera {settings.camera}, {_about(settings, pipeline)}")


def run_service(settings: Settings, notifier: Notifier) -> None:
    """run_kiosk, under systemd: a camera that is away is waited for, in sight of everybody.

    Raises:
        KioskError: with the exit status of its kind; HardwareError where a new start is to follow.
    """
    stop = StopOnSignal()
    notifier.allow(frame_seconds(settings))
    try:
        run_kiosk(settings, notifier=notifier, stop=stop)
    except HardwareError as error:
        news = wait_for_camera(error, settings, notifier, stop.is_set)
        if news:
            raise HardwareError(news) from error


def run_kiosk(
    settings: Settings,
    quiet: bool = False,
    with_ms: bool = True,
    extra: tuple[Sink, ...] = (),
    notifier: Notifier | None = None,
    stop: StopOnSignal | None = None,
) -> None:
    """Read frames until the camera ends or a signal asks to stop.

    Args:
        quiet: print nothing for a person.
        with_ms: whether events carry wall-clock times.
        extra: further takers of readings.
        notifier: tells systemd of each finished frame; readings then are not printed, the journal is no place for them.
        stop: asks to stop.

    Raises:
        KioskError: with the exit status of its kind.
    """
    stop = stop or StopOnSignal()
    _check_outputs(settings)
    pipeline = build_pipeline(settings)
    with ExitStack() as parts:
        camera = parts.enter_context(open_camera(settings))
        sinks: list[Sink] = list(extra)
        if settings.events:
            sinks.append(parts.enter_context(EventLog(settings.events, with_ms)))
        for name in settings.display:
            sinks.append(parts.enter_context(open_display(name, camera.frames_per_second, stop.ask)))
        if not quiet and settings.events != "-":
            print(f"{camera.describe()}; {_about(settings, pipeline)}", flush=True)
            if not notifier:
                sinks.append(parts.enter_context(Console()))
        if notifier:
            notifier.model = f"model {settings.model} {pipeline.classifier.digest[:8]}"
            sinks.append(notifier)  # last: a frame is finished when all others have it
        started = time.perf_counter()
        count = run(camera, pipeline, sinks, stop.is_set, _governor(settings))
        seconds = time.perf_counter() - started
        if notifier:
            notifier.stopping()
    if not quiet and settings.events != "-":
        print(f"{count / seconds:.3g} frames a second, all in all")
    if camera.lost():
        print(f"warning: {camera.lost()}", file=sys.stderr)


def _governor(settings: Settings) -> Governor | None:
    if not is_live(settings.camera):
        return None
    return Governor(Rates(settings.idle_seconds, settings.idle_rate, settings.hot_celsius, settings.hot_rate))


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
    outputs.check_all(settings.camera, files)


def _about(settings: Settings, pipeline: Pipeline) -> str:
    classifier = pipeline.classifier
    return f"model {settings.model} ({', '.join(classifier.labels)}) on {classifier.runtime}"
