"""`python -m device`: run, replay, bench."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from device.errors import RefusedError, UsageError, exit_status

RUN_EPILOG = """examples:
  python -m device run --camera film.mp4 --display read.mp4      a recording, annotated
  python -m device run --camera photos/ --events -               events as JSON Lines on stdout
  python -m device run --camera /dev/video0                      a webcam, until Ctrl-C

exit status: 0 done; 1 camera or disk failed; 2 settings, recording or model unusable"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and run; returns the exit status."""
    options = _parser().parse_args(arguments)
    return exit_status(lambda: options.run(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m device", description="Read emotions of faces in camera frames.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser(
        "run",
        help="read a camera or a recording",
        epilog=RUN_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    run.add_argument(
        "--camera", metavar="/dev/videoN|FILE|FOLDER", help="webcam, video, photo or folder (default: /dev/video0)"
    )
    _model_option(run)
    run.add_argument(
        "--display", action="append", metavar="none|FILE.mp4|FILE.png",
        help="annotated video or contact sheet; may be given several times (default: none)",
    )  # fmt: skip
    run.add_argument("--events", metavar="-|FILE", help="JSON Lines to stdout or a file (default: none)")
    run.add_argument("--pace", choices=["realtime", "max"], help="of a recording (default: max)")
    run.add_argument("--loop", action="store_true", default=None, help="start a recording again at its end")
    run.add_argument("--config", type=Path, metavar="FILE", help="settings in TOML; flags come before it")
    run.add_argument("--check", action="store_true", help="check settings, model and interpreter, then exit")
    run.set_defaults(run=_run)

    replay = commands.add_parser("replay", help="read a recording the same way each time, and compare")
    replay.add_argument("recording", metavar="RECORDING", help="video, photo or folder of photos")
    _model_option(replay)
    replay.add_argument("--events", metavar="-|FILE", help="JSON Lines without wall-clock times (default: -)")
    replay.add_argument("--expect", type=Path, metavar="GOLDEN.jsonl", help="exit 3 unless it reads the same")
    replay.add_argument("--write-golden", type=Path, metavar="FILE", help="keep these readings for --expect")
    replay.set_defaults(run=_replay)

    bench = commands.add_parser("bench", help="measure what a recording costs, beside the naive loop")
    bench.add_argument("recording", metavar="RECORDING", nargs="?", help="video (default: a synthetic scene)")
    _model_option(bench)
    bench.add_argument("--json", type=Path, metavar="FILE", help="keep the figures")
    bench.set_defaults(run=_bench)
    return parser


def _model_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model", metavar="default|FILE|RELEASE", help="bundled model, .tflite or release folder (default: default)"
    )


def _run(options: argparse.Namespace) -> None:
    from device import app
    from device.settings import Settings

    settings = Settings.read(
        options.config,
        camera=options.camera,
        model=options.model,
        display=tuple(options.display) if options.display else None,
        events=options.events,
        pace=options.pace,
        loop=options.loop,
    )
    if options.check:
        app.check(settings)
    else:
        app.run_kiosk(settings)


def _replay(options: argparse.Namespace) -> None:
    from device import app, golden, outputs
    from device.camera import is_live
    from device.events import as_event
    from device.settings import Settings

    expected = golden.read(options.expect) if options.expect else None
    collected = _Collected(as_event)
    quiet_by_default = "" if options.expect or options.write_golden else "-"
    events = quiet_by_default if options.events is None else options.events
    if is_live(options.recording):
        raise UsageError(f"{options.recording} is a live camera; replay reads recordings")
    settings = Settings.read(None, camera=options.recording, model=options.model, events=events)
    if options.write_golden:
        outputs.check_all(options.recording, [str(options.write_golden), *filter(None, [events.strip("-")])])
    keep = options.expect or options.write_golden
    app.run_kiosk(settings, quiet=True, with_ms=False, extra=(collected,) if keep else ())
    if options.write_golden:
        golden.write(options.write_golden, collected.events)
    if expected is not None:
        found = golden.difference(expected, collected.events)
        if found:
            raise RefusedError(f"{options.recording} does not read as {options.expect}: {found}")
        print(f"{len(expected)} frames read as in {options.expect}", file=sys.stderr)


def _bench(options: argparse.Namespace) -> None:
    from device import bench

    bench.run(options.recording, options.model or "default", options.json)


class _Collected:
    """Keeps the events of a recording for comparison."""

    def __init__(self, as_event: Any) -> None:
        self._as_event = as_event
        self.events: list[dict[str, Any]] = []

    def show(self, frame: Any, reading: Any) -> None:
        self.events.append(self._as_event(reading, with_ms=False))


if __name__ == "__main__":
    sys.exit(main())
