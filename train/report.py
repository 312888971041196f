"""Pictures of a run and tables of a score, for people."""

from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from train.score.metrics import LEAST_TO_JUDGE, Baseline


def curves(history: list[dict[str, float]], best: dict[str, float], baseline: Baseline, path: Path) -> None:
    """Loss and accuracy by epoch, training beside validation, as a PNG.

    Args:
        history: a run's epochs (see train.run.Entry).
        best: the one whose net was kept.
        baseline: what the largest label alone gives, drawn beside accuracy.
        path: its suffix says the picture's format.
    """
    epochs = [entry["epoch"] for entry in history]
    figure = Figure(figsize=(10, 4), layout="constrained")  # inches; it belongs to no window, so no screen is needed
    left, right = figure.subplots(1, 2)
    for axes, name in ((left, "loss"), (right, "accuracy")):
        axes.plot(epochs, [entry[name] for entry in history], label="training (augmented)")
        axes.plot(epochs, [entry[f"val_{name}"] for entry in history], label="validation (averaged weights)")
        axes.set(xlabel="epoch", ylabel=name)
        axes.grid(alpha=0.3)
        axes.legend()
    if all("val_consensus" in entry for entry in history):
        right.plot(epochs, [entry["val_consensus"] for entry in history], label="validation, FER+ consensus")
    right.axhline(baseline.accuracy, color="grey", linestyle="--", label=f"always {baseline.label!r}")
    right.legend()
    right.axvline(best["epoch"], color="grey", linestyle=":")
    right.set_title(f"best: {100 * best['val_accuracy']:.1f} % on validation, epoch {best['epoch']:.0f}")
    figure.savefig(path, dpi=110)


def table(score: dict[str, Any]) -> str:
    """A score (see train.score.evaluate) as text: accuracy with interval, recall, confusion."""
    lines = [f"votes' share   {score['votes_share']:g}"] if "votes_share" in score else []
    lines.append(f"own labels     {share(score)}; {Baseline(**score['baseline'])}")
    if "consensus" in score:
        error = score["consensus"]["calibration_error"]
        lines.append(f"FER+ consensus {share(score['consensus'])}, calibration error {error:.3f}")
    for question, one in score.get("answers", {}).items():
        consensus = f", FER+ consensus {100 * one['consensus']['accuracy']:.2f} %" if "consensus" in one else ""
        lines.append(f"  the answer for {question} alone: own labels {100 * one['accuracy']:.2f} %{consensus}")
    sure = ", ".join(f"{100 * row['coverage']:.0f} %: {100 * row['accuracy']:.1f} %" for row in score["coverage"])
    lines += [
        f"calibration error {score['calibration_error']:.3f}",
        f"accuracy on the most confident {sure}",
        "",
    ]
    names = score["labels"]
    width = max(8, *(len(name) + 1 for name in names))
    lines.append("true \\ predicted")
    lines.append(" " * width + "".join(name[: width - 1].rjust(width) for name in names) + "   recall")
    for name, row in zip(names, score["confusion"], strict=True):
        recall = score["recall"][name]
        shown = "      -" if recall is None else f"{100 * recall:6.1f} %"
        lines.append(name.ljust(width) + "".join(str(count).rjust(width) for count in row) + "  " + shown)
    return "\n".join([*lines, *remarks(score)])


def remarks(score: dict[str, Any]) -> list[str]:
    """What a score (see metrics.score) cannot tell, or hides behind its mean: a line each."""
    few = [f"{label} ({count})" for label, count in score["too_few_to_judge"].items()]
    never = [label for label, recall in score["recall"].items() if recall == 0]
    lines = [f"too few images to judge: {', '.join(few)}; {LEAST_TO_JUDGE} are the least"] if few else []
    return [*lines, f"never recognized: {', '.join(never)}"] if never else lines


def robustness_table(rows: list[dict[str, Any]]) -> str:
    """What `train.score.robustness.table` returns, as text."""
    lines = [f"{'':<36}{'own labels':>12}{'consensus':>12}"]
    for row in rows:
        consensus = f"{100 * row['consensus']:10.1f} %" if "consensus" in row else "-".rjust(12)
        lines.append(f"{row['condition']:<36}{100 * row['accuracy']:10.1f} %{consensus}")
    return "\n".join(lines)


def share(score: dict[str, Any]) -> str:
    """An accuracy (see metrics.score) in words, with its interval and how many images it is of."""
    low, high = score["interval"]
    return (
        f"{100 * score['accuracy']:.2f} % of {score['n']:,} images (95 % interval {100 * low:.1f} to {100 * high:.1f})"
    )
