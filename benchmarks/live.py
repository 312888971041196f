"""The loop beside the naive one: processor time, faces found, false faces, label changes; on many recordings.

python -m benchmarks.live [--media FOLDER] [--sizes 640x360 640x480] [--only WORD]

Without a folder of real recordings the drawn one is measured alone. Photos pan and zoom (see scenes). What is
marked `upside down` holds no upright face, but all the texture of a picture that does.
"""

import argparse
import statistics
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2

from benchmarks.scenes import scene
from device.bench import Comparison, Naive, compare
from device.contract import Frame
from device.kiosk import make_pipeline
from device.settings.settings import Settings

DRAWN = Path(__file__).parent.parent / "tests" / "media" / "drawn_faces.mp4"
# (file, zoom): photos are shown smaller too, so that their faces come down to 48 pixels.
FACES = (
    ("single_face.mp4", 1.0), ("face_noface.mov", 1.0), ("signing_far.mkv", 1.0), ("head-pose-male.gif", 1.0),
    ("multi_face.jpg", 1.0), ("multi_face.jpg", 0.8), ("three_people.jpg", 0.6), ("two_people.jpg", 0.6),
    ("two_children.jpeg", 0.6),
)  # fmt: skip
NO_FACES = (("no_face.mp4", 1.0), ("no-faces.jpg", 1.0))
UPSIDE_DOWN = ("two_people.jpg", "three_people.jpg", "two_children.jpeg", "signing_far.mkv", "no_face.mp4")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--media", type=Path, default=Path("../shared/media"))
    parser.add_argument("--sizes", nargs="+", default=["640x360", "640x480"], metavar="WxH")
    parser.add_argument("--only", default="", help="measure recordings with this word in their name")
    options = parser.parse_args()
    shares, found, theirs, false, naive_false, frames = [], 0, 0, 0, 0, 0
    print(f"{'recording':<34}{'ours ms':>9}{'p95':>7}{'naive':>7}{'share':>7}{'found':>8}{'of':>6}{'faces':>7}"
          f"{'unsure':>8}{'changes':>9}{'raw':>6}")  # fmt: skip
    for name, empty, makes in _recordings(options.media):
        for text in options.sizes:
            title = f"{name} {text}"
            if options.only in title:
                width, height = map(int, text.split("x"))
                pipeline = make_pipeline(Settings())
                result = compare(makes((width, height)), pipeline, Naive(pipeline.classifier))
                _print(title, result)
                shares.append(result.summary()["share_of_naive"])
                if empty:
                    false, naive_false = false + result.faces, naive_false + result.naive_faces
                    frames += len(result.ours_ms)
                else:
                    found, theirs = found + result.found, theirs + result.naive_faces
    print(f"share of the naive loop: median {statistics.median(shares):.3f}, most {max(shares):.3f}")
    print(f"the naive loop's faces found: {100 * found / max(1, theirs):.2f} % of {theirs}")
    print(f"false faces where none is: {false}, naive {naive_false}, in {frames} frames")


def _recordings(media: Path) -> Iterator[tuple[str, bool, object]]:
    yield "drawn_faces.mp4", False, lambda size: scene(DRAWN, size)
    if not media.is_dir():
        return
    for name, zoom in FACES:
        yield f"{name} x{zoom}", False, lambda size, n=name, z=zoom: scene(media / n, size, zoom=z)
    for name, zoom in NO_FACES:
        yield f"{name} (none)", True, lambda size, n=name, z=zoom: scene(media / n, size, zoom=z)
    for name in UPSIDE_DOWN:
        yield f"{name} (upside down)", True, lambda size, n=name: map(_upside_down, scene(media / n, size))


def _upside_down(frame: Frame) -> Frame:
    return replace(frame, grey=cv2.flip(frame.grey, 0), image=cv2.flip(frame.image, 0))


def _print(title: str, result: Comparison) -> None:
    figures = result.summary()
    ours, naive = figures["processor_ms"], figures["naive_processor_ms"]
    found, unsure = figures["naive_faces_found"], figures["unsure"]
    print(
        f"{title:<34}{ours['mean']:9.2f}{ours['p95']:7.1f}{naive['mean']:7.1f}{figures['share_of_naive']:7.3f}"
        f"{'' if found is None else f'{100 * found:.1f}':>8}{figures['naive_faces']:6}{figures['faces']:7}"
        f"{'' if unsure is None else f'{100 * unsure:.0f}':>8}{figures['label_changes']:9}"
        f"{figures['raw_label_changes']:6}",
        flush=True,
    )


if __name__ == "__main__":
    main()
