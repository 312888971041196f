"""What keeping a frame costs, by format: `python -m benchmarks.record_formats [VIDEO]`.

Frames at 640x480 with a sensor's noise (standard deviation 3), one thread: processor time to write and to read, size,
and how far the grey picture is off.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from tests.drawn_film import scene

_COUNT = 40
_SIZE = (640, 480)


def noisy_frames(video: str | None) -> list[np.ndarray]:
    chance = np.random.default_rng(0)
    if video:
        film = cv2.VideoCapture(video)
        pictures = [cv2.resize(film.read()[1], _SIZE) for _ in range(_COUNT)]
    else:
        pictures = [scene(2 + index / 20) for index in range(_COUNT)]
    return [np.clip(picture + chance.normal(0, 3, picture.shape), 0, 255).astype(np.uint8) for picture in pictures]


def report(name: str, frames: list[np.ndarray], write: Callable[[], int], read: Callable[[], list[np.ndarray]]) -> None:
    began = time.process_time()
    size = write()
    written = time.process_time()
    back = read()
    done = time.process_time()
    grey = [[cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(int) for image in images] for images in (frames, back)]
    off = np.mean([np.abs(one - two).mean() for one, two in zip(*grey, strict=True)])
    per_frame = 1e3 / len(frames)
    print(
        f"{name:<14} write {(written - began) * per_frame:6.2f} ms   read {(done - written) * per_frame:6.2f} ms   "
        f"{size / len(frames) / 1e3:6.1f} kB   grey off by {off:.2f}"
    )


def images(name: str, suffix: str, options: list[int], frames: list[np.ndarray]) -> None:
    kept: list[np.ndarray] = []

    def write() -> int:
        kept.extend(cv2.imencode(suffix, frame, options)[1] for frame in frames)
        return sum(map(len, kept))

    report(name, frames, write, lambda: [cv2.imdecode(content, cv2.IMREAD_COLOR) for content in kept])


def codec(name: str, frames: list[np.ndarray], folder: Path, suffix: str = ".mkv") -> None:
    path = folder / f"{name}{suffix}"

    def write() -> int:
        writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*name), 30, _SIZE)
        for frame in frames:
            writer.write(frame)
        writer.release()
        return path.stat().st_size

    def read() -> list[np.ndarray]:
        film = cv2.VideoCapture(str(path))
        return [film.read()[1] for _ in frames]

    report(name, frames, write, read)


def main() -> None:
    cv2.setNumThreads(1)
    frames = noisy_frames(sys.argv[1] if len(sys.argv) > 1 else None)
    for quality in (90, 95):
        images(f"JPEG {quality}", ".jpg", [cv2.IMWRITE_JPEG_QUALITY, quality], frames)
    for level in (1, 3):
        images(f"PNG {level}", ".png", [cv2.IMWRITE_PNG_COMPRESSION, level], frames)
    with tempfile.TemporaryDirectory() as folder:
        for name in ("FFV1", "HFYU"):
            codec(name, frames, Path(folder))
        # What annotated videos are, may be, and might be (device/outputs/video_file.py).
        for name, suffix in (("mp4v", ".mp4"), ("VP80", ".webm"), ("vp09", ".mp4")):
            codec(name, frames, Path(folder), suffix)


if __name__ == "__main__":
    main()
