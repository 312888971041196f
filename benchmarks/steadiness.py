"""What smoothing costs and brings, for its defaults: label changes, unsure faces, delay of a real change.

python -m benchmarks.steadiness [--media FOLDER] [--model MODEL]

The faces of each recording are read once; then every pair of settings answers to the same scores. A real change is
the first frame from which on the raw label of single_face.mp4 stays another for half a second.
"""

import argparse
from collections import defaultdict
from itertools import pairwise, product
from pathlib import Path

import numpy as np

from benchmarks.live import FACES
from benchmarks.scenes import scene
from device.kiosk import make_pipeline
from device.reading.steady_label import SteadyLabel
from device.settings.settings import Settings

SECONDS = (0.05, 0.15, 0.25, 0.4, 0.6)  # time constant
MARGINS = (0.0, 0.1, 0.2)  # probability
CLEAR = "single_face.mp4"
Reads = list[tuple[float, int, np.ndarray]]  # (time, face, scores) each time that the net ran


def reads_of(path: Path, zoom: float, model: str) -> tuple[Reads, float]:
    """What the net said of each face of a recording, and the confidence from which on the model is sure."""
    pipeline = make_pipeline(Settings(model=model))
    reads: Reads = []
    for frame in scene(path, (640, 480), zoom=zoom):
        for face in pipeline.step(frame).faces:
            if face.scores is not None:
                reads.append((frame.time, face.id, np.array(list(face.scores.values()))))
    return reads, pipeline.classifier.card.least_confidence


def follow(reads: Reads, seconds: float, margin: float, sure: float) -> list[tuple[float, int, int | None]]:
    """(time, face, label or None) as SteadyLabel has it."""
    labels: defaultdict[int, SteadyLabel] = defaultdict(SteadyLabel)
    shown = []
    for time, face, scores in reads:
        labels[face].update(scores, time, seconds, margin, sure)
        shown.append((time, face, labels[face].label))
    return shown


def changes(shown: list[tuple[float, int, int | None]]) -> int:
    labels = defaultdict(list)
    for _, face, label in shown:
        labels[face].append(label)
    return sum(one != other for series in labels.values() for one, other in pairwise(series))


def real_change(raw: list[tuple[float, int, int | None]]) -> tuple[float, int | None]:
    """(time, new label)."""
    for place in range(1, len(raw)):
        time, face, label = raw[place]
        lasting = [other for t, f, other in raw[place:] if f == face and t < time + 0.5]
        if label != raw[place - 1][2] and len(lasting) > 3 and set(lasting) == {label}:
            return time, label
    raise SystemExit(f"nothing changes in {CLEAR}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--media", type=Path, default=Path("../shared/media"))
    parser.add_argument("--model", default="default")
    options = parser.parse_args()
    recordings = {}
    for name, zoom in FACES:
        recordings[name, zoom], sure = reads_of(options.media / name, zoom, options.model)
    raw = {key: [(t, f, int(s.argmax())) for t, f, s in reads] for key, reads in recordings.items()}
    print(f"raw labels: {sum(map(changes, raw.values()))} changes in {len(recordings)} recordings")
    when, label = real_change(raw[CLEAR, 1.0])
    print(f"{'seconds':>8}{'margin':>8}{'changes':>9}{'unsure %':>10}{'change shown after s':>22}")
    for seconds, margin in product(SECONDS, MARGINS):
        shown = {key: follow(reads, seconds, margin, sure) for key, reads in recordings.items()}
        everything = [label for series in shown.values() for _, _, label in series]
        unsure = 100 * sum(label is None for label in everything) / len(everything)
        after = next((t - when for t, _, other in shown[CLEAR, 1.0] if t >= when and other == label), float("nan"))
        print(f"{seconds:8.2f}{margin:8.1f}{sum(map(changes, shown.values())):9}{unsure:10.1f}{after:22.2f}")


if __name__ == "__main__":
    main()
