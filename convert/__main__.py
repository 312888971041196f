"""`python -m convert`, or `emotion-convert`: quantize, sign, deploy."""

import argparse
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from convert.remote import PYTHON
from device.errors import exit_status
from device.process.command_name import command_name
from train import backend, record
from train.options import crop_option
from train.stopped import saying

# argparse puts the name of the command, as it was typed, where an epilog says %(prog)s.
EPILOG = """example:
  %(prog)s runs/first/model.keras --data data/fer2013.csv --out releases/first

The model comes with the JSON of its run folder; one that others trained needs such a JSON beside it:
  {"labels": ["angry", "happy", "sad"], "input_size": 48, "pixel_scale": 1.0, "pixel_offset": 0.0}

exit status: 0 released; 2 model or data unusable; 3 a limit is broken, nothing released"""

DEPLOY_EPILOG = """examples:
  %(prog)s releases/first pi@kiosk.local
  %(prog)s releases/first kiosk1 kiosk2 ssh://pi@kiosk3:2222 -o IdentityFile=~/.ssh/kiosks

A host is what ssh takes: [user@]host, an alias of ~/.ssh/config, or ssh://user@host:port. Each checks and tries the
release by itself, switches to it, and goes back to its former one if it fails.

exit status: 0 active on all hosts; 2 no release; 3 refused, or a host failed"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and run; returns the exit status."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    options = make_parser().parse_args(words)
    options.words = words  # for the record
    # The converter is TensorFlow's; a model trained on another backend loads here all the same.
    os.environ["KERAS_BACKEND"] = "tensorflow"
    return exit_status(lambda: options.run(options))


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=command_name("convert", "emotion-convert"), description="Turn a trained model into a release."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    quantize = commands.add_parser(
        "quantize",
        help="int8 model with an accuracy gate",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    quantize.add_argument(
        "model", type=Path, metavar="MODEL", help="a .keras, the run folder that holds it, or .npz of kept weights"
    )
    quantize.add_argument("--data", type=Path, required=True, metavar="PATH", help="what the model was trained on")
    quantize.add_argument("--ferplus", type=Path, metavar="CSV", help="FER+ votes, to report their consensus too")
    quantize.add_argument("--out", type=Path, required=True, metavar="RELEASE", help="folder of the release")
    quantize.add_argument(
        "--max-drop", type=_points, default=1.0, metavar="POINTS", help="accuracy that int8 may cost (default: 1.0)"
    )
    quantize.add_argument("--skip-broken", action="store_true", help="leave broken rows out and name them")
    crop_option(quantize)
    quantize.set_defaults(run=_quantize)

    sign = commands.add_parser("sign", help="sign a release with an ssh key, for kiosks that ask for it")
    sign.add_argument("release", type=Path, metavar="RELEASE")
    sign.add_argument("--key", type=Path, required=True, metavar="FILE", help="ssh key, or .pub of one in ssh-agent")
    sign.set_defaults(run=_sign)

    deploy = commands.add_parser(
        "deploy", help="a release to kiosks, over ssh", epilog=DEPLOY_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    deploy.add_argument("release", type=Path, metavar="RELEASE")
    deploy.add_argument("hosts", nargs="+", metavar="HOST")
    deploy.add_argument("--probation", type=_seconds, default=60.0, metavar="SECONDS",
                        help="finished frames that a kiosk has to show with it (default: 60)")  # fmt: skip
    deploy.add_argument("-o", "--ssh-option", action="append", default=[], metavar="NAME=VALUE", help="for ssh")
    deploy.add_argument("--python", default=PYTHON, metavar="PATH", help="the kiosks' own (default: %(default)s)")
    deploy.set_defaults(run=_deploy)
    return parser


def _points(text: str) -> float:
    if not math.isfinite(float(text)):
        raise argparse.ArgumentTypeError("must be a number")
    return float(text)


def _seconds(text: str) -> float:
    if not 1 <= float(text) <= 86_400:
        raise argparse.ArgumentTypeError("must be from 1 to 86400 seconds")
    return float(text)


def _sign(options: argparse.Namespace) -> None:
    from device.releases import signature, store

    store.check(options.release)
    print(f"wrote {signature.sign(options.release, options.key)}")


def _deploy(options: argparse.Namespace) -> None:
    from convert.deploy import deploy
    from convert.remote import Remote

    with saying(lambda: "stopped: what hosts had begun goes on there; deploy again to see how it ended"):
        deploy(options.release, options.hosts, Remote(options.ssh_option, options.python, options.probation))


def _quantize(options: argparse.Namespace) -> None:
    backend.load_keras()
    from convert.build import build
    from convert.gate import Limits
    from convert.release import check_target
    from device.net.card import Card
    from train.data import splits
    from train.data.cut import CROP_SCALE
    from train.net import model_path, trained

    with saying(lambda: f"stopped: nothing was written to {options.out}, and what stood there is as it was"):
        check_target(options.out)
        path = model_path.find_keras(options.model, "be quantized again")
        model = trained.load(path)
        card = Card(model.labels, model.size, model.size, CROP_SCALE, faces=model.faces)
        loaded = splits.load(options.data, options.ferplus, model.size, options.skip_broken, options.crop, card)
        print(splits.describe(loaded))
        made = record.made("convert", options.words) | {"model": record.file(path), "data": loaded.digest()}
        build(path, loaded, model, options.out, Limits(max_drop=options.max_drop), made)


def command() -> NoReturn:
    """What both `python -m convert` and the command `emotion-convert` run."""
    sys.exit(main())


if __name__ == "__main__":
    command()
