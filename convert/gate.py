"""Whether an int8 model may be released. Pure: predictions in, verdict out."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from train.score.metrics import interval


@dataclass(frozen=True)
class Limits:
    """What quantization may cost at most, and the least that this is judged on."""

    least_images: int = 10  # on fewer any net would pass, or fail, by chance
    least_labels: int = 2  # that have an image
    max_drop: float = 1.0  # of accuracy, points
    least_agreement: float = 0.97  # share of images on which int8 and float answer alike
    max_class_drop: float = 5.0  # of a class's recall, points; broken only together with the next
    max_class_images: int = 4  # that a class may lose more of than it wins: in a small one each is many points
    max_share: float = 0.95  # of all answers that one class may give


@dataclass(frozen=True)
class Verdict:
    """The comparison on one split, and every limit that it breaks."""

    n: int  # images
    drop: float  # accuracy float minus int8, points
    drop_interval: tuple[float, float]  # 95 %, points
    agreement: float  # share of images on which both answer alike
    agreement_interval: tuple[float, float]  # 95 %, shares
    broken: tuple[str, ...]  # one line for each broken limit: which and by how much

    @property
    def passed(self) -> bool:
        """Whether no limit is broken."""
        return not self.broken

    def as_dict(self) -> dict[str, Any]:
        """All fields by name and `passed`, as they are written into a release."""
        return asdict(self) | {"passed": self.passed}


def judge(
    labels: np.ndarray, float_answers: np.ndarray, int8_answers: np.ndarray, names: tuple[str, ...], limits: Limits
) -> Verdict:
    """Hold int8 answers against float answers; all three int [N], index into `names`."""
    n = len(labels)
    float_right, int8_right = float_answers == labels, int8_answers == labels
    lost, won = int((float_right & ~int8_right).sum()), int((int8_right & ~float_right).sum())
    drop = 100 * (lost - won) / n
    # Half of the 95 % interval, in points. Both were asked of the same images, so it is that of a paired difference
    # (McNemar's counts): only images that one has right and the other has not count.
    half = 100 * 1.96 * np.sqrt(max(lost + won - (lost - won) ** 2 / n, 0)) / n
    same = int((float_answers == int8_answers).sum())
    broken = []
    if n < limits.least_images:
        broken.append(f"{n} image{'' if n == 1 else 's'} to judge on, and {limits.least_images} are the least")
    there = len(np.unique(labels))
    if there < limits.least_labels:
        broken.append(f"images of {there} label to judge on, and {limits.least_labels} are the least")
    if drop > limits.max_drop:
        broken.append(f"accuracy drops {drop:.2f} points, {drop - limits.max_drop:.2f} over the {limits.max_drop:g}")
    if same / n < limits.least_agreement:
        broken.append(
            f"agreement is {100 * same / n:.2f} %, {100 * (limits.least_agreement - same / n):.2f} points under the "
            f"{100 * limits.least_agreement:g} %"
        )
    broken += _class_losses(labels, float_right, int8_right, names, limits)
    counts = np.bincount(int8_answers, minlength=len(names))
    answer = int(counts.argmax())
    share, true_share = 100 * counts[answer] / n, 100 * float((labels == answer).mean())
    # Where nearly all images are of one class, that answer is mostly right: it may then be given to half of the rest.
    allowed = max(100 * limits.max_share, (true_share + 100) / 2)
    if true_share < 100 and share > allowed:
        broken.append(
            f"{names[answer]} is the answer to {share:.1f} % of all images, {share - allowed:.1f} points over the "
            f"{allowed:g} %"
        )
    low, high = interval(same, n)
    return Verdict(
        n=n,
        drop=round(drop, 4),
        drop_interval=(round(float(drop - half), 2), round(float(drop + half), 2)),
        agreement=round(same / n, 6),
        agreement_interval=(round(low, 4), round(high, 4)),
        broken=tuple(broken),
    )


def _class_losses(
    labels: np.ndarray, float_right: np.ndarray, int8_right: np.ndarray, names: tuple[str, ...], limits: Limits
) -> list[str]:
    broken = []
    for number, name in enumerate(names):
        own = labels == number
        if not own.any():
            continue
        images = int(float_right[own].sum()) - int(int8_right[own].sum())
        points = 100 * images / int(own.sum())
        if points > limits.max_class_drop and images > limits.max_class_images:
            over = points - limits.max_class_drop
            broken.append(
                f"{name} loses {points:.1f} points of recall ({images} images), {over:.1f} over the "
                f"{limits.max_class_drop:g}"
            )
    return broken
