"""Puts the parts together as the settings say, and runs them: the one loop."""

import sys
import time
from collections.abc import Callable, Iterable
from typing import Any, Protocol

import cv2

from device.camera.make import make_camera
from device.camera.names import is_live, public
from device.camera.opening_hours import OpeningHours, Source
from device.camera.pace import Pace
from device.camera.waiting import Waiting
from device.contract import Frame, Moment, Output, Pause
from device.drawing import lettering
from device.errors import KioskError, UsageError
from device.net.classifier import Classifier
from device.net.questions import VOTES
from device.outputs.console import Console
from device.outputs.make import check_outputs, goes_on, make_outputs
from device.outputs.outputs import Outputs
from device.outputs.small_pictures import SmallPictures
from device.process.safe_names import shown
from device.process.stop import StopOnSignal
from device.reading.pipeline import Pipeline
from device.reading.tally import Tally
from device.releases import active
from device.service.notify import Notifier
from device.service.temperature import Thermometer
from device.settings.reload import Reload
from device.settings.settings import MODELS_OWN, Settings

_CLOSING_SECONDS = 5.0  # for what is open, once a camera has stalled


class Adopts(Protocol):
    """A part that takes other settings while it works."""

    def adopt(self, settings: Settings) -> None: ...


def read(
    moments: Iterable[Moment],
    pipeline: Pipeline,
    outputs: Output,
    is_stopped: Callable[[], bool],
    reload: Reload | None = None,
    adopting: Iterable[Adopts] = (),
) -> None:
    """The loop: each frame is read and shown, each pause handed on, until there are no more or it is stopped.

    Args:
        reload: asked between two moments for other settings.
        adopting: the parts that take them.
    """
    for moment in moments:
        match moment:
            case Pause():
                outputs.rest(moment)
            case Frame():
                outputs.show(moment, pipeline.step(moment))
        if reload is not None and (settings := reload.taken()):
            for part in adopting:
                part.adopt(settings)
        if is_stopped():
            return


def run_kiosk(
    settings: Settings, stop: StopOnSignal, reload: Reload | None = None, notifier: Notifier | None = None
) -> None:
    """Read a camera until it ends or a signal asks to stop.

    Args:
        reload: takes the settings as they are by now, when SIGHUP asks for it; None leaves that signal alone.
        notifier: under systemd: is told of each finished frame; a camera that is away is waited for, in sight of
            everybody; and readings are not printed, the journal is no place for them.

    Raises:
        KioskError: with the exit status of its kind; HardwareError where a new start is to follow.
    """
    born = time.monotonic()
    if notifier is not None:
        notifier.allow(frame_seconds(settings))
    check_outputs(settings)
    pipeline = make_pipeline(settings)
    warn_of_letters(settings, pipeline.classifier.labels)
    warn_of_crop(settings, pipeline)
    tally = Tally()
    prints = settings.events != "-"
    outputs: list[Output] = [tally]
    if is_live(settings.camera):
        pace = Pace(settings, Thermometer().celsius)
        outputs.append(pace)
        camera = make_camera(settings, pace.wants, stop)
    else:
        camera = make_camera(settings, stop=stop)
    outputs += make_outputs(settings, tally, lambda: camera.frames_per_second, stop.ask, stop)
    if prints and notifier is None:
        outputs.append(Console())
    outputs.append(small_pictures(pipeline))
    if notifier is not None:
        notifier.introduce(f"model {shown(settings.model)} {pipeline.classifier.digest[:8]}", tally)
        outputs.append(notifier)  # last: a frame is finished when all others have it
    all_outputs = Outputs(outputs, goes_on(settings), piped=notifier is None)
    adopting: list[Adopts] = [pipeline, all_outputs]
    source: Source = camera
    if notifier is not None:
        source = Waiting(camera, settings, born, lambda: reload is not None and reload.renewed(verify))
    moments: Source | OpeningHours = source
    if goes_on(settings):
        moments = hours = OpeningHours(source, settings.hours)
        adopting.append(hours)
    with all_outputs, moments:
        if prints and (described := moments.describe()):
            print(f"{described}; {_about(settings, pipeline)}", flush=True)
        started = time.perf_counter()
        read(moments, pipeline, all_outputs, stop.is_set, reload, adopting)
        seconds = time.perf_counter() - started
    if prints:
        left_out = f"; {camera.dropped} were left out because newer ones had come" if camera.dropped else ""
        print(f"{tally.frames / seconds:.3g} frames a second, all in all{left_out}")
    if camera.lost():
        print(f"warning: {camera.lost()}", file=sys.stderr)


def make_pipeline(settings: Settings) -> Pipeline:
    """Cascade and interpreter loaded once.

    Raises:
        KioskError: a model, interpreter or cascade that is missing or unusable.
    """
    # Searches around known faces are too small to share out; the processor's other cores stay free.
    cv2.setNumThreads(settings.threads)
    return Pipeline(Classifier(active.load(settings.model), settings.interpreter, settings.threads), settings)


def warn_of_crop(settings: Settings, pipeline: Pipeline) -> None:
    """One line where faces are looked for, and the model reads none: it would say "no face" for ever."""
    if settings.crop != "whole" and (wanted := pipeline.classifier.card.wanted_crop):
        print(f"warning: {wanted} (in a file for --config)", file=sys.stderr)


def small_pictures(pipeline: Pipeline) -> SmallPictures:
    """The hint for pictures as small as what this pipeline's net sees."""
    return SmallPictures(max(pipeline.classifier.card.height, pipeline.classifier.card.width))


def verify(settings: Settings) -> Pipeline:
    """Make everything that needs no camera; returns what would read.

    Raises:
        UsageError: a line for each part that cannot be made.
    """
    faults = []

    def tried(make: Callable[[Settings], Any]) -> Any:
        try:
            return make(settings)
        except KioskError as error:
            faults.append(str(error))

    pipeline: Pipeline = tried(make_pipeline)
    tried(check_outputs)
    tried(make_camera)
    if faults:
        raise UsageError("\n".join(faults))
    return pipeline


def check(settings: Settings) -> None:
    """Verify, and say what would run."""
    pipeline = verify(settings)
    warn_of_crop(settings, pipeline)
    print(f"settings are good: camera {public(settings.camera)}, {_about(settings, pipeline)}")


def frame_seconds(settings: Settings) -> float:
    """How long a finished frame of a live camera may be in coming, seconds: at the lowest rate that is set, and until
    a camera that stalls has said so itself."""
    slowest = min(settings.rate, settings.idle_rate, settings.hot_rate)
    return max(3 / slowest, settings.stall_seconds + _CLOSING_SECONDS) if is_live(settings.camera) else 0.0


def warn_of_letters(settings: Settings, labels: Iterable[str]) -> None:
    """Say so where pictures cannot show the labels' letters."""
    if any(name != "none" for name in settings.display) and (fault := lettering.lacking(labels)):
        print(f"warning: {fault}", file=sys.stderr, flush=True)


def _about(settings: Settings, pipeline: Pipeline) -> str:
    classifier = pipeline.classifier
    model = shown(settings.model)
    if model == active.ACTIVE:
        model += f", {classifier.digest[:12]}"
    about = f"model {model} ({', '.join(classifier.labels)}) on {classifier.runtime}"
    if settings.votes_share != MODELS_OWN and VOTES not in classifier.card.answers:
        about += "; votes_share changes nothing: this model has one answer"
    return about
