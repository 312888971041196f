"""`python -m train`, or `emotion-train`: fit, teach, heads, recipe, evaluate, images."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from device.errors import exit_status
from device.process.command_name import command_name
from train import commands as train_commands
from train.learn.settings import FINE_TUNING_PEAK_RATE, PRECISIONS, USUAL_SHARE, USUAL_STRENGTH, Settings
from train.options import crop_option

# argparse puts the name of the command, as it was typed, where an epilog says %(prog)s.
FIT_EPILOG = """example:
  %(prog)s --data data/fer2013.csv --ferplus data/fer2013new.csv --out runs/first
  (stop it any time; the same command with --resume goes on after the last whole epoch)

Keras runs on the backend that KERAS_BACKEND names: tensorflow (default), torch or jax. On a CPU torch is fastest."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and run; returns the exit status (0 done, 1 I/O, 2 usage, data or model)."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    options = make_parser().parse_args(words)
    options.words = words  # for the record
    return exit_status(lambda: options.run(options))


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=command_name("train", "emotion-train"), description="Train and score emotion nets."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    fit = commands.add_parser(
        "fit", help="train a net", epilog=FIT_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    _data_options(fit)
    _fit_options(fit, Settings())
    fit.set_defaults(run=train_commands.fit)

    teach = commands.add_parser("teach", help="keep what trained teachers answer to the training images")
    teach.add_argument("teachers", type=Path, nargs="+", metavar="MODEL.keras", help="from `fit --model teacher`")
    _data_options(teach)
    teach.add_argument("--out", type=Path, required=True, metavar="SOFT.npz", help="for `fit --teachers`")
    teach.set_defaults(run=train_commands.teach)

    heads = commands.add_parser(
        "heads", help="answers for FER-2013's labels, FER+'s votes, and whether it is a face, from a trained net"
    )
    heads.add_argument(
        "model", type=Path, metavar="MODEL", help=".keras, .npz of kept weights, or a .tflite of `convert quantize`"
    )
    _data_options(heads)
    _picture_options(heads)
    heads.add_argument(
        "--votes-share", type=_number_from(0, 1), default=USUAL_SHARE, metavar="SHARE",
        help="of the votes' answer where a kiosk sets no other: 0 says what FER-2013's labels say, 1 what most people "
        "see (default: %(default)s)",
    )  # fmt: skip
    heads.add_argument("--out", type=Path, required=True, metavar="RUN", help="new folder for the net")
    heads.set_defaults(run=train_commands.heads)

    recipe = commands.add_parser(
        "recipe", help="train the bundled models, teachers included; says how long it takes and goes on where it was"
    )
    _data_options(recipe)
    recipe.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the runs")
    recipe.add_argument(
        "--kept-answers", action="store_true",
        help="train the last nets only, with the answers of the bundled models' teachers, which come with this program",
    )  # fmt: skip
    recipe.add_argument(
        "--jobs", type=_positive, default=2, metavar="N", help="runs that train side by side (default: %(default)s)"
    )
    _picture_options(recipe)
    recipe.set_defaults(run=train_commands.recipe)

    evaluate = commands.add_parser("evaluate", help="score a .keras or .tflite model, one pass")
    evaluate.add_argument(
        "model",
        type=Path,
        metavar="MODEL",
        help=".keras (with its JSON beside it), .tflite, or the folder of a run or release",
    )
    _data_options(evaluate)
    evaluate.add_argument(
        "--split", choices=["train", "validation", "test", "all"],
        help="default: test; where the data has none, validation; else all. PrivateTest rows are only in all",
    )  # fmt: skip
    evaluate.add_argument(
        "--votes-share", type=_number_from(0, 1), metavar="SHARE",
        help="of the votes' answer: 0 what FER-2013's labels say, 1 what most people see (default: the model's own)",
    )  # fmt: skip
    evaluate.add_argument(
        "--robustness", action="store_true", help="score moved, dark, blurred, noisy and distant faces as well"
    )
    evaluate.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too")
    evaluate.set_defaults(run=train_commands.evaluate)

    images = commands.add_parser("images", help="write fer2013.csv as class folders of PNG files")
    images.add_argument("--data", type=Path, required=True, metavar="fer2013.csv")
    images.add_argument("--out", type=Path, required=True, metavar="DIR")
    images.add_argument("--skip-broken", action="store_true", help="leave broken rows out and name them")
    images.set_defaults(run=train_commands.images)
    return parser


def _fit_options(fit: argparse.ArgumentParser, usual: Settings) -> None:
    """The flags of `fit`; every default is the settings' own, and so is what the help says of it."""
    fit.add_argument("--out", type=Path, required=True, metavar="RUN", help="folder for the trained model")
    fit.add_argument(
        "--model", default=usual.model, metavar="NAME",
        help="default, small, tiny, or one with two heads: teacher, small-teacher, tiny-teacher (default: %(default)s)",
    )  # fmt: skip
    fit.add_argument(
        "--epochs", type=_positive, default=usual.epochs, metavar="N",
        help="passes over the images (default: %(default)s)",
    )  # fmt: skip
    fit.add_argument("--resume", action="store_true", help="go on after the last whole epoch of RUN")
    fit.add_argument(
        "--from",
        dest="start",
        type=Path,
        metavar="MODEL.keras",
        help="fine-tune from these weights, or those of a run's folder",
    )
    fit.add_argument(
        "--seed", type=_natural, default=usual.seed, metavar="N",
        help="same seed, same images, same result (default: %(default)s)",
    )  # fmt: skip
    fit.add_argument(
        "--batch", type=_positive, default=usual.batch, metavar="N", help="images a step (default: %(default)s)"
    )
    fit.add_argument(
        "--peak-rate", type=_number_from(1e-6, 10), metavar="RATE",
        help=f"highest learning rate (default: {usual.peak_rate:g}; {FINE_TUNING_PEAK_RATE:g} with --from)",
    )  # fmt: skip
    fit.add_argument(
        "--ferplus-weight", type=_number_from(0, 1), metavar="SHARE",
        help=f"share of the target that FER+'s votes get, 0 to 1 (default: {usual.ferplus_weight:g})",
    )  # fmt: skip
    fit.add_argument(
        "--teachers", type=Path, metavar="SOFT.npz", help="learn from teachers' answers too (`train teach` writes them)"
    )
    fit.add_argument(
        "--teacher-weight", type=_number_from(0, 1), metavar="SHARE",
        help=f"share of the target that the teachers get (default: {usual.teacher_weight:g})",
    )  # fmt: skip
    fit.add_argument(
        "--augment", type=_number_from(0, 3), default=USUAL_STRENGTH, metavar="STRENGTH",
        help=f"how much images are changed, 0 for not at all (default: {USUAL_STRENGTH:g})",
    )  # fmt: skip
    fit.add_argument(
        "--mixup", type=_number_from(0, 1), default=usual.mixup, metavar="SHARE",
        help=f"share of images that another one shines through, for long runs (default: {usual.mixup:g})",
    )  # fmt: skip
    fit.add_argument("--no-flip", action="store_true", help="never mirror an image (digits, letters)")
    fit.add_argument(
        "--precision", default=usual.precision, choices=PRECISIONS,
        help="auto takes bfloat16 under torch where the processor has it (default: %(default)s)",
    )  # fmt: skip


def _data_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=Path, required=True, metavar="PATH",
        help="fer2013.csv, icml_face_data.csv, a folder of class folders, or an .npz",
    )  # fmt: skip
    parser.add_argument("--ferplus", type=Path, metavar="CSV", help="FER+ votes: fer2013new.csv")
    parser.add_argument("--skip-broken", action="store_true", help="leave broken rows out and name them")
    crop_option(parser)


def _picture_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--empty", type=Path, action="append", default=[], metavar="PATH",
        help="photos, films or a folder of them in which nobody is, to learn what is no face; may be given again",
    )  # fmt: skip
    parser.add_argument(
        "--peopled", type=Path, action="append", default=[], metavar="PATH",
        help="the same with people, for faces as Haar cuts them out and for what lies around them; no label is read",
    )  # fmt: skip


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _natural(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("must be 0 or more")
    return number


def _number_from(low: float, high: float) -> Callable[[str], float]:
    def number(text: str) -> float:
        if not low <= float(text) <= high:
            raise argparse.ArgumentTypeError(f"must be from {low:g} to {high:g}")
        return float(text)

    return number


def command() -> NoReturn:
    """What both `python -m train` and the command `emotion-train` run."""
    sys.exit(main())


if __name__ == "__main__":
    command()
