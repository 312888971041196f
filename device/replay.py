"""`python -m device replay`: a recording read the same way on every machine, and held against a golden file."""

import sys
from dataclasses import replace
from pathlib import Path

from device import kiosk
from device.camera import names
from device.camera.make import make_camera
from device.contract import Output
from device.errors import RefusedError, UsageError
from device.outputs import golden
from device.outputs.events import EventLog, as_event
from device.outputs.outputs import Outputs
from device.process import output_paths
from device.process.safe_names import shown
from device.process.stop import StopOnSignal
from device.settings.settings import Settings


def replay(recording: str, model: str | None, events: str | None, expect: Path | None, target: Path | None) -> None:
    """Read a recording; neither hours nor pace nor a reload have a say in it.

    Args:
        model: as a --model setting; None for the default.
        events: where they go, a file or `-`; None for stdout, unless they are compared or kept.
        expect: golden file that it has to read like.
        target: golden file to be written.

    Raises:
        RefusedError: it reads otherwise than the golden file says.
        KioskError: a recording, model or file that cannot be used.
    """
    expected = golden.read(expect) if expect else None
    if events is None:
        events = "" if expect or target else "-"
    if names.is_live(recording):
        raise UsageError(f"{names.public(recording)} is a live camera; replay reads recordings")
    settings = Settings.read(None, camera=recording, model=model)
    output_paths.check_all(recording, [name for name in (str(target or ""), events) if name not in ("", "-")])
    kept, stop = golden.Events(), StopOnSignal()
    outputs: list[Output] = [EventLog(events, as_event, stop)] if events else []
    if expect or target:
        outputs.append(kept)
    camera, pipeline = make_camera(settings, stop=stop), kiosk.make_pipeline(settings)
    if pipeline.classifier.card.wanted_crop:
        # No settings file is read here that could say so.
        pipeline = kiosk.make_pipeline(replace(settings, crop="whole"))
    outputs.append(kiosk.small_pictures(pipeline))
    with Outputs(outputs) as all_outputs, camera:
        kiosk.read(camera, pipeline, all_outputs, stop.is_set)
    if camera.lost():
        print(f"warning: {camera.lost()}", file=sys.stderr)
    if target:
        golden.write(target, kept.events)
    if expected is not None:
        found = golden.difference(expected, kept.events)
        if found:
            raise RefusedError(f"{recording} does not read as {expect}: {found}")
        print(f"{len(expected)} frames read as in {shown(str(expect))}", file=sys.stderr)
