"""Puts the parts together as the settings say, and runs them."""

import sys
import time
from contextlib import ExitStack

import cv2

from device import outputs
from device.camera import is_live, open_camera
from device.classifier import Classifier
from device.console import Console
from device.display import is_screen, open_display
from device.events import EventLog
from device.faces import FaceDetector
from device.governor import Governor, Rates
from device.pipeline import Pipeline, Sink, run
from device.releases import active
from device.settings import Settings
from device.smoothing import Smoother
from device.stop import StopOnSignal
from device.tracker import Tracker


def build_pipeline(settings: Settings) -> Pipeline:
    """Cascade and interpreter loaded once.

    Raises:
        KioskError: a model, interpreter or cascade that is missing or unusable.
    """
    # Searches around known faces are too small to share out; the processor's other cores stay free.
    cv2.setNumThreads(settings.threads)
    classifier = Classifier(active.load(settings.model), settings.interpreter, settings.threads)
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


def run_kiosk(settings: Settings, quiet: bool = False, with_ms: bool = True, extra: tuple[Sink, ...] = ()) -> None:
    """Read frames until the camera ends or a signal asks to stop.

    Args:
        quiet: print nothing for a person.
        with_ms: whether events carry wall-clock times.
        extra: further takers of readings.

    Raises:
        KioskError: with the exit status of its kind.
    """
    _check_outputs(settings)
    pipeline = build_pipeline(settings)
    stop = StopOnSignal()
    with ExitStack() as parts:
        camera = parts.enter_context(open_camera(settings))
        sinks: list[Sink] = list(extra)
        if settings.events:
            sinks.append(parts.enter_context(EventLog(settings.events, with_ms)))
        for name in settings.display:
            sinks.append(parts.enter_context(open_display(name, camera.frames_per_second, stop.ask)))
        if not quiet and settings.events != "-":
            print(f"{camera.describe()}; {_about(settings, pipeline)}")
            sinks.append(parts.enter_context(Console()))
        started = time.perf_counter()
        count = run(camera, pipeline, sinks, stop.is_set, _governor(settings))
        seconds = time.perf_counter() - started
    if not quiet and settings.events != "-":
        print(f"{count / seconds:.3g} frames a second, all in all")
    if camera.lost():
        print(f"warning: {camera.lost()}", file=sys.stderr)


def _governor(settings: Settings) -> Governor | None:
    if not is_live(settings.camera):
        return None
    return Governor(Rates(settings.idle_seconds, settings.idle_rate, settings.hot_celsius, settings.hot_rate))


def _check_outputs(settings: Settings) -> None:
    for name in settings.display:
        open_display(name, 1.0)
    files = [name for name in settings.display if name != "none" and not is_screen(name)]
    if settings.events not in ("", "-"):
        files.append(settings.events)
    outputs.check_all(settings.camera, files)


def _about(settings: Settings, pipeline: Pipeline) -> str:
    classifier = pipeline.classifier
    return f"model {_name(settings.model, classifier.digest)} ({', '.join(classifier.labels)}) on {classifier.runtime}"


def _name(model: str, digest: str) -> str:
    return f"{model}, {digest[:12]}" if model == active.ACTIVE else model
