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
from train import backend
from train.data import enough, splits
from train.data.cut import usual_card
from train.learn.settings import FINE_TUNING_PEAK_RATE, Augmentation, Settings
from train.net import plans
from train.run import MODEL_NAME, epochs_done
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
    print(splits.describe(loaded), flush=True)
    backend.load_keras()
    from train.learn.fit import fit
    from train.learn.one_at_a_time import alone_in
    from train.net import model_path, trained
    from train.teach.teachers import SoftLabels

    facts: dict[str, Any] = {
        "data": {"source": options.data.name, "ferplus": bool(options.ferplus), "report": loaded.report},
        "command": _command(options),
    }
    if options.start:
        options.start = model_path.find_keras(options.start, "be trained on")
        facts["started_from"] = trained.load(options.start).training
    taught = SoftLabels.read(options.teachers) if options.teachers else None
    if taught:
        facts["taught_by"] = taught.teachers
    with alone_in(options.out):
        fit(loaded, settings, options.out, facts, options.resume, options.start, taught)


def _load(options: argparse.Namespace, card: Card) -> splits.Data:
    """The data that the flags name, cut as a model of this card wants it."""
    return splits.load(options.data, options.ferplus, card.height, options.skip_broken, options.crop, card)


def _settings(options: argparse.Namespace) -> Settings:
    """As the flags say; the peak rate and the weights of votes and teachers keep their defaults where no flag is."""
    settings = Settings(
        model=options.model,
        epochs=options.epochs,
        seed=options.seed,
        batch=options.batch,
        precision=options.precision,
        mixup=options.mixup,
        augmentation=Augmentation(flip=not options.no_flip).scaled(options.augment),
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
        soft = teachers.ask(models, loaded.train, loaded.names)
        soft.write(options.out)
    print(f"wrote {options.out}: answers of {len(soft.teachers)} teachers to {len(soft.keys):,} images")


def merge(options: argparse.Namespace) -> None:
    """Make one head of a teacher's two."""
    backend.load_keras()
    from train.net import model_path
    from train.score import evaluate
    from train.teach.heads import merge

    model = model_path.find_keras(options.model, "be merged")
    with saying(lambda: f"stopped: nothing was written to {options.out}"):
        loaded = _load(options, evaluate.card(model))
        alike = merge(model, options.votes_share, loaded.train.images, options.out)
    print(
        f"wrote {options.out}/model.keras and model.json: one head, {options.votes_share:g} of it the votes'; "
        f"{100 * alike:.1f} % of its answers are those of both heads' mean"
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
    recipe = Recipe(words, options.out, options.jobs)
    if options.kept_answers:
        recipe = replace(recipe, generations=recipe.generations[-2:], kept=KEPT_ANSWERS)
    minutes = recipe.seconds(len(loaded.train)) / 60
    print(f"{splits.describe(loaded)}\nabout {minutes:,.0f} minutes on this machine while it does nothing else")
    with saying(lambda: f"stopped: whole epochs in {options.out} are kept, and the same command goes on from there"):
        recipe.cook()
    print(f"next: python -m convert quantize {options.out}/default/model.keras --data PATH --out RELEASE")


def evaluate(options: argparse.Namespace) -> None:
    """Score a model."""
    from train import report
    from train.net import model_path

    options.model = model_path.find(options.model)
    if options.model.suffix == ".keras":
        backend.load_keras()
    from train.score import evaluate

    if options.json:
        check_target(options.json)
    card = evaluate.card(options.model)
    loaded = _load(options, card)
    name, split = loaded.split(options.split)
    scored = evaluate.score(split, loaded.names, card.labels, evaluate.predictor(options.model)(split.images))
    scored = {"model": options.model.name, "split": name, **scored}
    print(f"{splits.describe(loaded)}\n{options.model} on split {name}:\n{report.table(scored)}")
    if options.robustness:
        scored["robustness"] = evaluate.robustness(split, loaded.names, card.labels, options.model)
        print(f"\n{report.robustness_table(scored['robustness'])}")
    if options.json:
        whole_file.write_json(options.json, scored)


def images(options: argparse.Namespace) -> None:
    """Write a CSV's images as class folders."""
    from train.data.images import write_class_folders

    with saying(lambda: f"stopped: what is in {options.out} stays, and the same command writes the rest"):
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
