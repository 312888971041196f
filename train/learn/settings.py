"""What can be set of a training, each once: default, unit and meaning. The flags take their defaults from here."""

from dataclasses import dataclass, field, fields, replace

# What each number type computes in; auto takes the faster one that the backend and the machine have.
PRECISIONS = ("auto", "float32", "mixed_bfloat16")
# Peak rate of a run that starts from a trained net's weights: the default's third, so that they are changed, not lost.
FINE_TUNING_PEAK_RATE = 0.01
# `Augmentation.scaled` by this is the augmentation as its fields say it.
USUAL_STRENGTH = 1.0


@dataclass(frozen=True)
class Augmentation:
    """How far each image is changed; every amount is drawn afresh for each image and epoch."""

    flip: bool = True  # mirrored half of the time; off for digits and letters
    degrees: float = 12.0  # rotation, either way
    shift: float = 0.12  # of the side, each axis, either way
    scale: float = 0.12  # larger or smaller
    contrast: float = 0.25  # factor about the mean, either way
    brightness: float = 25.0  # added, grey levels of 255, either way
    blur: float = 0.15  # share of images blurred as by a cheap lens
    noise: float = 0.15  # share of images with sensor noise
    erase: float = 0.3  # share of images with a rectangle blanked (Zhong et al. 2017, random erasing)

    def scaled(self, strength: float) -> "Augmentation":
        """The same changes, each amount and share times `strength`."""
        amounts = {f.name: getattr(self, f.name) * strength for f in fields(self) if f.name != "flip"}
        return replace(self, **amounts)


@dataclass(frozen=True)
class Settings:
    """All that decides a run's result, besides the data."""

    model: str = "default"  # a name of train.net.plans.PLANS
    size: int = 48  # of the input, pixels, both ways
    epochs: int = 40  # passes over the training images
    seed: int = 1  # of the weights, the order of the images and their augmentation; 0 or more
    batch: int = 128  # images a step
    peak_rate: float = 0.03  # learning rate after the warm-up: how far a step turns a kernel (see train/learn/muon.py)
    warmup: float = 0.08  # share of all steps in which the rate rises to its peak
    momentum: float = 0.9  # share of the former step that the next one keeps
    label_smoothing: float = 0.1  # of the own label's target, spread over all; votes and teachers are soft already
    average: float = 0.05  # share of all steps that the average of weights (Polyak) looks back over
    ferplus_weight: float = 0.3  # of the target, from FER+'s votes where they are given; a teacher learns them apart
    teacher_weight: float = 0.7  # of the target, from the teachers' answers where they are given
    precision: str = "auto"  # one of PRECISIONS
    mixup: float = 0.0  # share of images laid over another of their batch
    augmentation: Augmentation = field(default_factory=Augmentation)
