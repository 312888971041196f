"""What each command of `python -m train` does. Keras and all that needs it is imported once it is wanted."""

import argparse
import errno
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

from device.errors import HardwareError, UsageError
from device.net.card import Card
from device.process import whole_file
from device.process.output_paths import check_target
from train import backend, record
from train.data import enough, splits
from train.data.cut import usual_card
from train.learn.settings import FINE_TUNING_PEAK_RATE, Augmentation, Settings
from train.net import plans
from train.run import MODEL_NAME, began, epochs_done
from train.stopped import saying


def fit(options: argparse.Namespace) -> None:
    """Train a net; what is asked for is checked and the data read before Keras is loaded."""
    teacher = plans.find(options.model).heads == 2
    _check_teaching(options, teacher)
    settings = _settings(options)
    backend.check()
    with saying(lambda: _kept(options.out, settings.epochs)):
        try:
            _fit(options, settings)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            kept = _kept(options.out, settings.epochs)
            raise HardwareError(f"{error.filename}: {error.strerror}: make room; {kept}") from error


def _kept(out: Path, epochs: int) -> str:
    """What a run that is stopped leaves, and how it goes on."""
    done = epochs_done(out)
    if not done:
        return "stopped before the first whole epoch: nothing is kept; the same command starts it again"
    return (
        f"stopped after {done} of {epochs} epochs, which are kept: {out / MODEL_NAME} is the best of them, and the "
        "same command with --resume goes on"
    )


def _fit(options: argparse.Namespace, settings: Settings) -> None:
    loaded = _load(options, usual_card(settings.size))
    backend.load_keras()
    from train.learn.fit import fit
    from train.learn.one_at_a_time import alone_in
    from train.net import model_path, trained
    from train.teach.teachers import SoftLabels

    made = record.made("train", options.words)
    if options.resume and (day := began(options.out)):
        made["date"] = day
    facts: dict[str, Any] = {
        "data": {
            "source": options.data.name,
            "ferplus": bool(options.ferplus),
            "crop": loaded.taken.crop,
            "digest": loaded.digest(),
            "report": loaded.report,
        },
        "command": made.pop("command"),
        "made": made,
    }
    if options.start:
        options.start = model_path.find_keras(options.start, "be trained on")
        facts["start"] = record.file(options.start)
        facts["started_from"] = trained.load(options.start).training
    taught = SoftLabels.read(options.teachers) if options.teachers else None
    if taught:
        facts["teachers"] = record.file(options.teachers)
        facts["taught_by"] = taught.teachers
    with alone_in(options.out):
        fit(loaded, settings, options.out, facts, options.resume, options.start, taught)


def _load(options: argparse.Namespace, card: Card) -> splits.Data:
    """The data that the flags name, cut as a model of this card wants it; what there is of it is said."""
    data = splits.load(options.data, options.ferplus, card.height, options.skip_broken, options.crop, card)
    print(splits.describe(data), flush=True)
    return data


def _settings(options: argparse.Namespace) -> Settings:
    """As the flags say; the peak rate and the weights of votes and teachers keep their defaults where no flag is."""
    settings = Settings(
        model=options.model,
        epochs=options.epochs,
        seed=options.seed,
        batch=options.batch,
        precision=options.precision,
        mixup=options.mixup,
        augmentation=Augmentation(flip=not options.no_flip and options.augment > 0).scaled(options.augment),
    )
    if options.start:
        settings = replace(settings, peak_rate=FINE_TUNING_PEAK_RATE)
    names = ("peak_rate", "ferplus_weight", "teacher_weight")
    given = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    return replace(settings, **given)


def _check_teaching(options: argparse.Namespace, teacher: bool) -> None:
    """No flag is accepted that would change nothing."""
    if teacher and options.ferplus_weight is not None:
        raise UsageError("a teacher learns labels and votes apart: leave --ferplus-weight out")
    if options.teacher_weight is not None and not options.teachers:
        raise UsageError("--teacher-weight goes with --teachers")


def teach(options: argparse.Namespace) -> None:
    """Keep what trained teachers answer."""
    check_target(options.out)
    backend.load_keras()
    from train.net import model_path
    from train.score import evaluate
    from train.teach import teachers

    models = [model_path.find_keras(path, "teach") for path in options.teachers]
    with saying(lambda: f"stopped: nothing was written to {options.out}"):
        loaded = _load(options, evaluate.card(models[0]))
        enough.check(loaded)
        soft = teachers.ask(models, loaded.train, loaded.names)
        soft.write(options.out)
    print(f"wrote {options.out}: answers of {len(soft.teachers)} teachers to {len(soft.keys):,} images")


def heads(options: argparse.Namespace) -> None:
    """Fit an answer to each truth."""
    backend.load_keras()
    from train.score import evaluate
    from train.teach import heads

    with saying(lambda: f"stopped: nothing was written to {options.out}"):
        model = heads.load(options.model)
        loaded = _load(options, evaluate.card(options.model))
        enough.check(loaded)
        made = record.made("train", options.words) | {"model": record.file(options.model), "data": loaded.digest()}
        pictures = heads.Pictures(tuple(options.empty), tuple(options.peopled))
        told = heads.fit(model, loaded, pictures, options.votes_share, options.out, made)
    print(f"wrote {options.out}: answers for {', '.join(('labels', 'votes', 'face')[: 3 if told else 2])}")
    if told:
        print(
            f"of faces kept aside {100 * told['faces_lost']:.1f} % are lost, of {told['none']:,.0f} that are none "
            f"{100 * told['none_kept']:.1f} % are kept"
        )


def recipe(options: argparse.Namespace) -> None:
    """Train the bundled models; the trainings are processes of their own, so this one loads no Keras."""
    from train.teach.recipe import KEPT_ANSWERS, Recipe

    backend.check()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: the trainings end with it
    loaded = _load(options, usual_card(Settings().size))
    enough.check(loaded)
    if loaded.train.votes is None:
        raise UsageError("the recipe's teachers learn FER+'s votes too: give them with --ferplus")
    words = ["--data", str(options.data), *(["--ferplus", str(options.ferplus)] if options.ferplus else [])]
    words += ["--crop", options.crop, *["--skip-broken"] * options.skip_broken]
    pictures = [word for path in options.empty for word in ("--empty", str(path))]
    pictures += [word for path in options.peopled for word in ("--peopled", str(path))]
    recipe = Recipe(words, options.out, options.jobs, pictures=pictures)
    if options.kept_answers:
        recipe = replace(recipe, generations=recipe.generations[-2:], kept=KEPT_ANSWERS)
    minutes = recipe.seconds(len(loaded.train)) / 60
    print(f"about {minutes:,.0f} minutes on this machine while it does nothing else")
    with saying(lambda: f"stopped: whole epochs in {options.out} are kept, and the same command goes on from there"):
        recipe.cook()
    print(f"next: python -m convert quantize {options.out}/default/model.keras --data PATH --ferplus CSV --out RELEASE")


def evaluate(options: argparse.Namespace) -> None:
    """Score a model."""
    from train import report
    from train.net import model_path

    options.model = model_path.find(options.model)
    if options.model.suffix != ".tflite":
        backend.load_keras()
    from train.score import evaluate

    if options.json:
        check_target(options.json)
    asked = evaluate.ask(options.model, options.votes_share)
    loaded = _load(options, evaluate.card(options.model))
    name, split = loaded.split(options.split)
    scored = {"model": options.model.name, "split": name, **evaluate.score(split, loaded.names, asked)}
    print(f"{options.model} on split {name}:\n{report.table(scored)}")
    if options.robustness:
        scored["robustness"] = evaluate.robustness(split, loaded.names, asked)
        print(f"\n{report.robustness_table(scored['robustness'])}")
    if options.json:
        whole_file.write_json(options.json, scored)


def images(options: argparse.Namespace) -> None:
    """Write a CSV's images as class folders."""
    from train.data.images import write_class_folders

    with saying(lambda: f"stopped: what is in {options.out} stays, and the same command writes the rest"):
        written, already = write_class_folders(options.data, options.out, options.skip_broken)
    print(f"{options.out}: wrote {written:,} images, {already:,} were there already")
