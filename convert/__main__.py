"""`python -m convert`: quantize."""

import argparse
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from device.errors import exit_status
from train import backend

EPILOG = """example:
  python -m convert quantize runs/first/model.keras --data data/fer2013.csv --out releases/first

The model comes with the JSON of its run folder; one that others trained needs such a JSON beside it:
  {"labels": ["angry", ...], "input_size": 48, "pixel_scale": 1.0, "pixel_offset": 0.0}

exit status: 0 released; 2 model or data unusable; 3 a limit is broken, nothing released"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and run; returns the exit status."""
    options = _parser().parse_args(arguments)
    # The converter is TensorFlow's; a model trained on another backend loads here all the same.
    os.environ["KERAS_BACKEND"] = "tensorflow"
    return exit_status(lambda: options.run(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m convert", description="Turn a trained model into a release.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    quantize = commands.add_parser(
        "quantize",
        help="int8 model with an accuracy gate",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    quantize.add_argument("model", type=Path, metavar="MODEL.keras")
    quantize.add_argument("--data", type=Path, required=True, metavar="PATH", help="what the model was trained on")
    quantize.add_argument("--ferplus", type=Path, metavar="CSV", help="FER+ votes, to report their consensus too")
    quantize.add_argument("--out", type=Path, required=True, metavar="RELEASE", help="folder of the release")
    quantize.add_argument(
        "--max-drop", type=_points, default=1.0, metavar="POINTS", help="accuracy that int8 may cost (default: 1.0)"
    )
    quantize.add_argument(
        "--least-recall", type=_share, default=0.0, metavar="SHARE",
        help="raise the logits of labels that are recalled less often on validation, 0 to 1 (default: 0, none)",
    )  # fmt: skip
    quantize.add_argument("--skip-broken", action="store_true", help="leave broken rows out and count them")
    quantize.set_defaults(run=_quantize)
    return parser


def _points(text: str) -> float:
    if not math.isfinite(float(text)):
        raise argparse.ArgumentTypeError("must be a number")
    return float(text)


def _share(text: str) -> float:
    if not 0 <= float(text) <= 1:
        raise argparse.ArgumentTypeError("must be from 0 to 1")
    return float(text)


def _quantize(options: argparse.Namespace) -> None:
    backend.load_keras()
    from convert.build import build
    from convert.gate import Limits
    from convert.release import check_target
    from train import data, run_folder

    check_target(options.out)
    model = run_folder.load(options.model)
    loaded = data.load(options.data, options.ferplus, model.size, options.skip_broken)
    build(options.model, loaded, model, options.out, Limits(max_drop=options.max_drop), options.least_recall)


if __name__ == "__main__":
    sys.exit(main())
