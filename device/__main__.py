"""`python -m device`, or `emotion-kiosk`: run, replay, record, bench, doctor, activate."""

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from device.errors import KioskError, exit_status
from device.process.command_name import command_name
from device.process.driver_thread import leave

if TYPE_CHECKING:
    from device.service.notify import Notifier

# argparse puts the name of the command, as it was typed, where an epilog says %(prog)s.
RUN_EPILOG = """examples:
  %(prog)s --camera film.mp4 --display read.mp4      a recording, annotated
  %(prog)s --camera photos/ --events -               events as JSON Lines on stdout
  %(prog)s --camera picamera2                        the Pi's own camera, until Ctrl-C
  %(prog)s --camera /dev/video0                      a webcam
  %(prog)s --camera rtsp://camera/stream             a network camera; its login: camera_login in the settings
  %(prog)s --camera mock:film.mp4                    a recording as if it were a live camera
  %(prog)s --display auto                            a webcam, on the screen that is there

exit status: 0 done; 1 camera or disk failed; 2 settings, recording or model unusable"""

RECORD_EPILOG = """The recording ends after --seconds, at Ctrl-C, or when record_megabytes are written or only
free_megabytes are left on the disk. Whatever ends it, `replay FOLDER` reads what is there.

exit status: 0 done; 1 camera or disk failed; 2 settings or folder unusable"""

ACTIVATE_EPILOG = """The release is checked and tried in a process of its own, then the kiosk is switched to it and
restarted. It goes back to the last good one unless it finishes frames without a break, and after a power cut meanwhile.

exit status: 0 active and good; 1 disk failed, or another one at work; 2 no release, or settings that use none;
3 refused or rolled back"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and run; returns the exit status."""
    options = make_parser().parse_args(arguments)
    return exit_status(lambda: options.run(options))


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=command_name("device", "emotion-kiosk"), description="Read emotions of faces in camera frames."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser(
        "run",
        help="read a camera or a recording",
        epilog=RUN_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _camera_option(run)
    _model_option(run)
    run.add_argument(
        "--display", action="append", metavar="none|auto|window|drm|fb|FILE.mp4|FILE.webm|FILE.png",
        help="screen (auto: the one that is there), annotated video or contact sheet; may be given several times "
        "(default: none)",
    )  # fmt: skip
    run.add_argument("--events", metavar="-|FILE", help="JSON Lines to stdout or a file (default: none)")
    run.add_argument("--pace", choices=["realtime", "max"], help="of a recording (default: max)")
    run.add_argument("--loop", action="store_true", default=None, help="start a recording again at its end")
    _config_option(run)
    run.add_argument("--check", action="store_true", help="check settings, model and interpreter, then exit")
    run.set_defaults(run=_run)

    replay = commands.add_parser("replay", help="read a recording the same way each time, and compare")
    replay.add_argument("recording", metavar="RECORDING", help="video, photo, folder of photos or recorded folder")
    _model_option(replay)
    replay.add_argument("--events", metavar="-|FILE", help="JSON Lines without wall-clock times (default: -)")
    replay.add_argument("--expect", type=Path, metavar="GOLDEN.jsonl", help="exit 3 unless it reads the same")
    replay.add_argument("--write-golden", type=Path, metavar="FILE", help="keep these readings for --expect")
    replay.set_defaults(run=_replay)

    record = commands.add_parser(
        "record", help="keep a camera's frames in a folder that replays", epilog=RECORD_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    _camera_option(record)
    record.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="new or empty")
    record.add_argument("--seconds", type=float, metavar="N", help="at most so long (default: 60)")
    _config_option(record)
    record.set_defaults(run=_record)

    bench = commands.add_parser("bench", help="measure what a recording costs, beside the naive loop")
    bench.add_argument("recording", metavar="RECORDING", nargs="?", help="video (default: a synthetic scene)")
    _model_option(bench)
    bench.add_argument("--json", type=Path, metavar="FILE", help="keep the figures")
    bench.add_argument("--repeats", type=_count, default=3, metavar="N", help="measure N times (default: 3)")
    bench.set_defaults(run=_bench)

    activate = commands.add_parser(
        "activate", help="make a release the kiosk's, and go back if it fails", epilog=ACTIVATE_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    activate.add_argument("release", metavar="RELEASE", help="release folder, or `previous` for the last good one")
    activate.add_argument(
        "--probation", type=_probation, default=60.0, metavar="SECONDS",
        help="finished frames that the kiosk has to show with it (default: 60)",
    )  # fmt: skip
    activate.set_defaults(run=_activate)

    doctor = commands.add_parser("doctor", help="find what is wrong with this machine, and the cure")
    doctor.add_argument("--json", action="store_true", help="for machines")
    doctor.add_argument(
        "--config", type=Path, metavar="FILE", help="settings in TOML (default: the installed ones, if any)"
    )
    doctor.set_defaults(run=_doctor)
    return parser


def _model_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model", metavar="default|small|active|FILE|RELEASE",
        help="a bundled model, the one that `activate` chose, .tflite or release folder (default: default)",
    )  # fmt: skip


def _camera_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--camera", metavar="picamera2|/dev/videoN|rtsp://HOST/PATH|FILE|FOLDER",
        help="live camera, video, photo, or folder of photos or recorded (default: /dev/video0)",
    )  # fmt: skip


def _config_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings in TOML; flags override it")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 1 on")
    return int(text)


def _run(options: argparse.Namespace) -> None:
    from device.service.notify import Notifier

    notifier = Notifier.from_environment()
    try:
        _run_told(options, notifier)
    except Exception as error:
        notifier.ended(str(error) if isinstance(error, KioskError) else f"{type(error).__name__}: {error}")
        raise


def _run_told(options: argparse.Namespace, notifier: "Notifier") -> None:
    from device import kiosk
    from device.process.stop import StopOnSignal
    from device.settings.reload import Reload
    from device.settings.settings import Settings

    read = partial(
        Settings.read,
        options.config,
        camera=options.camera,
        model=options.model,
        display=tuple(options.display) if options.display else None,
        events=options.events,
        pace=options.pace,
        loop=options.loop,
    )
    if options.check:
        kiosk.check(read())
        return
    _warn_of_login(options.camera)
    settings, stop = read(), StopOnSignal()
    reload = Reload(settings, read, stop.ask) if options.config else None
    kiosk.run_kiosk(settings, stop, reload, notifier if notifier.listening else None)


def _warn_of_login(camera: str | None) -> None:
    from device.camera import names

    if camera and names.has_login(camera):
        cure = "camera_login in the settings names a file for it"
        print(f"warning: everybody here can see the login in --camera while this runs: {cure}", file=sys.stderr)


def _replay(options: argparse.Namespace) -> None:
    from device.replay import replay

    replay(options.recording, options.model, options.events, options.expect, options.write_golden)


def _record(options: argparse.Namespace) -> None:
    from device.camera.recorder import record
    from device.settings.settings import Settings

    _warn_of_login(options.camera)
    settings = Settings.read(options.config, camera=options.camera, record_seconds=options.seconds)
    record(settings, options.out)


def _bench(options: argparse.Namespace) -> None:
    from device import bench

    bench.run(options.recording, options.model or "default", options.json, options.repeats)


def _activate(options: argparse.Namespace) -> None:
    from device.releases.activate import activate

    activate(options.release, options.probation)


def _probation(text: str) -> float:
    seconds = float(text)
    if not 1 <= seconds <= 86_400:
        raise argparse.ArgumentTypeError("must be from 1 to 86400 seconds")
    return seconds


def _doctor(options: argparse.Namespace) -> None:
    from device import doctor

    doctor.run(options.config, options.json)


def command() -> NoReturn:
    """What both `python -m device` and the command `emotion-kiosk` run."""
    leave(main())


if __name__ == "__main__":
    command()
