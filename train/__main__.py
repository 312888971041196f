"""`python -m train`, or `emotion-train`: fit, teach, merge, recipe, evaluate, images."""

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from device.errors import UsageError, exit_status
from device.process.command_name import command_name
from device.process.output_paths import check_target
from train import backend

# argparse puts the name of the command, as it was typed, where an epilog says %(prog)s.
FIT_EPILOG = """example:
  %(prog)s --data data/fer2013.csv --ferplus data/fer2013new.csv --out runs/first
  (stop it any time; the same command with --resume goes on after the last whole epoch)

Keras runs on the backend that KERAS_BACKEND names: tensorflow (default), torch or jax. On a CPU torch is fastest."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and run; returns the exit status (0 done, 1 I/O, 2 usage, data or model)."""
    options = _parser().parse_args(arguments)
    return exit_status(lambda: options.run(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=command_name("train", "emotion-train"), description="Train and score emotion nets."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    fit = commands.add_parser(
        "fit", help="train a net", epilog=FIT_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    _data_options(fit)
    fit.add_argument("--out", type=Path, required=True, metavar="RUN", help="folder for the trained model")
    fit.add_argument(
        "--model",
        default="default",
        metavar="NAME",
        help="default, small, tiny, or one with two heads: teacher, small-teacher, tiny-teacher (default: default)",
    )
    fit.add_argument("--epochs", type=_positive, default=40, metavar="N", help="passes over the images (default: 40)")
    fit.add_argument("--resume", action="store_true", help="go on after the last whole epoch of RUN")
    fit.add_argument("--from", dest="start", type=Path, metavar="MODEL.keras", help="fine-tune from these weights")
    fit.add_argument(
        "--seed", type=_natural, default=1, metavar="N", help="same seed, same images, same result (default: 1)"
    )
    fit.add_argument("--batch", type=_positive, default=128, metavar="N", help="images a step (default: 128)")
    fit.add_argument(
        "--peak-rate",
        type=_number_from(1e-6, 10),
        metavar="RATE",
        help="highest learning rate (default: 0.03; 0.01 with --from)",
    )
    fit.add_argument(
        "--ferplus-weight", type=_number_from(0, 1), metavar="SHARE",
        help="share of the target that FER+'s votes get, 0 to 1 (default: 0.3)",
    )  # fmt: skip
    fit.add_argument(
        "--teachers", type=Path, metavar="SOFT.npz", help="learn from teachers' answers too (`train teach` writes them)"
    )
    fit.add_argument(
        "--teacher-weight", type=_number_from(0, 1), metavar="SHARE",
        help="share of the target that the teachers get (default: 0.7)",
    )  # fmt: skip
    fit.add_argument(
        "--augment", type=_number_from(0, 3), default=1.0, metavar="STRENGTH",
        help="how much images are changed, 0 for not at all (default: 1)",
    )  # fmt: skip
    fit.add_argument(
        "--mixup", type=_number_from(0, 1), default=0.0, metavar="SHARE",
        help="share of images that another one shines through, for long runs (default: 0)",
    )  # fmt: skip
    fit.add_argument("--no-flip", action="store_true", help="never mirror an image (digits, letters)")
    fit.add_argument(
        "--precision", default="auto", choices=["auto", "float32", "mixed_bfloat16"],
        help="auto takes bfloat16 under torch where the processor has it (default: auto)",
    )  # fmt: skip
    fit.set_defaults(run=_fit)

    teach = commands.add_parser("teach", help="keep what trained teachers answer to the training images")
    teach.add_argument("teachers", type=Path, nargs="+", metavar="MODEL.keras", help="from `fit --model teacher`")
    _data_options(teach)
    teach.add_argument("--out", type=Path, required=True, metavar="SOFT.npz", help="for `fit --teachers`")
    teach.set_defaults(run=_teach)

    merge = commands.add_parser(
        "merge", help="one head from a teacher's two, between FER-2013's labels and FER+'s votes"
    )
    merge.add_argument("model", type=Path, metavar="MODEL.keras", help="from `fit --model teacher`")
    _data_options(merge)
    merge.add_argument(
        "--votes-share", type=_number_from(0, 1), required=True, metavar="SHARE",
        help="weight of the votes' head: 0 says what FER-2013's labels say, 1 what most people see",
    )  # fmt: skip
    merge.add_argument("--out", type=Path, required=True, metavar="RUN", help="new folder for the net")
    merge.set_defaults(run=_merge)

    recipe = commands.add_parser(
        "recipe", help="train the bundled models, teachers included; says how long it takes and goes on where it was"
    )
    _data_options(recipe)
    recipe.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the runs")
    recipe.add_argument(
        "--kept-answers", action="store_true",
        help="train the last nets only, with the answers of the bundled models' teachers, which come with this program",
    )  # fmt: skip
    recipe.add_argument("--jobs", type=_positive, metavar="N", help="runs that train side by side (default: 2)")
    recipe.set_defaults(run=_recipe)

    evaluate = commands.add_parser("evaluate", help="score a .keras or .tflite model, one pass")
    evaluate.add_argument("model", type=Path, metavar="MODEL", help=".keras (with its JSON beside it) or .tflite")
    _data_options(evaluate)
    evaluate.add_argument(
        "--split", choices=["train", "validation", "test", "all"],
        help="default: test; where the data has none, validation; else all. PrivateTest rows are only in all",
    )  # fmt: skip
    evaluate.add_argument(
        "--robustness", action="store_true", help="score moved, dark, blurred, noisy and distant faces as well"
    )
    evaluate.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too")
    evaluate.set_defaults(run=_evaluate)

    images = commands.add_parser("images", help="write fer2013.csv as class folders of PNG files")
    images.add_argument("--data", type=Path, required=True, metavar="fer2013.csv")
    images.add_argument("--out", type=Path, required=True, metavar="DIR")
    images.add_argument("--skip-broken", action="store_true", help="leave broken rows out and count them")
    images.set_defaults(run=_images)
    return parser


def _data_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=Path, required=True, metavar="PATH",
        help="fer2013.csv, icml_face_data.csv, a folder of class folders, or an .npz",
    )  # fmt: skip
    parser.add_argument("--ferplus", type=Path, metavar="CSV", help="FER+ votes: fer2013new.csv")
    parser.add_argument("--skip-broken", action="store_true", help="leave broken rows out and count them")


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


def _fit(options: argparse.Namespace) -> None:
    backend.load_keras()
    from train import run_folder
    from train.data import splits
    from train.learn import fit
    from train.learn.augment import Augmentation
    from train.learn.one_at_a_time import alone_in
    from train.net import model
    from train.teach import teachers

    model.check_name(options.model)
    _check_teaching(options, model.PLANS[options.model].heads == 2)
    rate = options.peak_rate or (0.01 if options.start else 0.03)
    settings = fit.Settings(
        model=options.model,
        epochs=options.epochs,
        seed=options.seed,
        batch=options.batch,
        peak_rate=rate,
        ferplus_weight=0.3 if options.ferplus_weight is None else options.ferplus_weight,
        teacher_weight=0.7 if options.teacher_weight is None else options.teacher_weight,
        precision=options.precision,
        mixup=options.mixup,
        augmentation=Augmentation(flip=not options.no_flip).scaled(options.augment),
    )
    loaded = splits.load(options.data, options.ferplus, settings.size, options.skip_broken)
    facts: dict[str, Any] = {
        "data": {"source": options.data.name, "ferplus": bool(options.ferplus), "report": loaded.report},
        "command": _command(options),
    }
    if options.start:
        facts["started_from"] = run_folder.load(options.start).training
    taught = teachers.SoftLabels.read(options.teachers) if options.teachers else None
    if taught:
        facts["taught_by"] = taught.teachers
    with alone_in(options.out):
        fit.fit(loaded, settings, options.out, facts, options.resume, options.start, taught)


def _check_teaching(options: argparse.Namespace, teacher: bool) -> None:
    """No flag is accepted that would change nothing."""
    if teacher and options.ferplus_weight is not None:
        raise UsageError("a teacher learns labels and votes apart: leave --ferplus-weight out")
    if options.teacher_weight is not None and not options.teachers:
        raise UsageError("--teacher-weight goes with --teachers")


def _teach(options: argparse.Namespace) -> None:
    backend.load_keras()
    from train import run_folder
    from train.data import splits
    from train.teach import teachers

    check_target(options.out)
    size = run_folder.load(options.teachers[0]).size
    loaded = splits.load(options.data, options.ferplus, size, options.skip_broken)
    soft = teachers.ask(options.teachers, loaded.train, loaded.names)
    soft.write(options.out)
    print(f"wrote {options.out}: answers of {len(soft.teachers)} teachers to {len(soft.keys):,} images")


def _merge(options: argparse.Namespace) -> None:
    backend.load_keras()
    from train import run_folder
    from train.data import splits
    from train.teach.heads import merge

    size = run_folder.load(options.model).size
    loaded = splits.load(options.data, options.ferplus, size, options.skip_broken)
    alike = merge(options.model, options.votes_share, loaded.train.images, options.out)
    print(
        f"wrote {options.out}/model.keras and model.json: one head, {options.votes_share:g} of it the votes'; "
        f"{100 * alike:.1f} % of its answers are those of both heads' mean"
    )


def _recipe(options: argparse.Namespace) -> None:
    from train.data import splits
    from train.teach.recipe import KEPT_ANSWERS, Recipe

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: the trainings end with it
    loaded = splits.load(options.data, options.ferplus, skip_broken=options.skip_broken)
    if loaded.train.votes is None:
        raise UsageError("the recipe's teachers learn FER+'s votes too: give them with --ferplus")
    words = ["--data", str(options.data), *(["--ferplus", str(options.ferplus)] if options.ferplus else [])]
    words += ["--skip-broken"] * options.skip_broken
    recipe = Recipe(words, options.out, options.jobs or 2)
    if options.kept_answers:
        recipe = replace(recipe, generations=recipe.generations[-2:], kept=KEPT_ANSWERS)
    minutes = recipe.seconds(len(loaded.train)) / 60
    print(f"{splits.describe(loaded.report)}\nabout {minutes:,.0f} minutes on this machine while it does nothing else")
    recipe.cook()
    print(f"next: python -m convert quantize {options.out}/default/model.keras --data PATH --out RELEASE")


def _evaluate(options: argparse.Namespace) -> None:
    if options.model.suffix == ".keras":
        backend.load_keras()
    from train import report
    from train.data import splits
    from train.score import evaluate
    from train.whole_file import write_json

    if options.json:
        check_target(options.json)
    labels, size = evaluate.labels_and_size(options.model)
    loaded = splits.load(options.data, options.ferplus, size, options.skip_broken)
    name, split = loaded.split(options.split)
    scored = evaluate.score(split, loaded.names, labels, evaluate.predictor(options.model)(split.images))
    scored = {"model": options.model.name, "split": name, **scored}
    print(f"{splits.describe(loaded.report)}\n{options.model} on split {name}:\n{report.table(scored)}")
    if options.robustness:
        scored["robustness"] = evaluate.robustness(split, loaded.names, labels, options.model)
        print(f"\n{report.robustness_table(scored['robustness'])}")
    if options.json:
        write_json(options.json, scored)


def _images(options: argparse.Namespace) -> None:
    from train.data.images import write_class_folders

    written, already = write_class_folders(options.data, options.out, options.skip_broken)
    print(f"{options.out}: wrote {written:,} images, {already:,} were there already")


def _command(options: argparse.Namespace) -> str:
    """How to run it again, without the folders of this machine."""
    parts = ["python -m train fit"]
    for name, value in sorted(vars(options).items()):
        if name in ("run", "out", "resume", "skip_broken") or value in (None, False):
            continue
        flag = "--from" if name == "start" else f"--{name.replace('_', '-')}"
        parts.append(flag if value is True else f"{flag} {value.name if isinstance(value, Path) else value}")
    return " ".join(parts)


def command() -> NoReturn:
    """What both `python -m train` and the command `emotion-train` run."""
    sys.exit(main())


if __name__ == "__main__":
    command()
