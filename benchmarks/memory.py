"""Resident memory of the loop over many frames: it should be small, and stay where it is.

python -m benchmarks.memory [RECORDING] [--frames 20000]
"""

import argparse
import itertools
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.live import DRAWN
from benchmarks.scenes import scene
from device.bench import resident_mb
from device.kiosk import make_pipeline
from device.settings.settings import Settings

_KEPT = 60  # frames of the recording that are gone through again and again; grey only, as decoding is not measured


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recording", type=Path, nargs="?", default=DRAWN)
    parser.add_argument("--frames", type=int, default=20_000)
    options = parser.parse_args()
    started = time.perf_counter()
    pipeline = make_pipeline(Settings())
    kept = [replace(f, image=f.grey) for f in itertools.islice(scene(options.recording, (640, 480)), 40, 40 + _KEPT)]
    pipeline.step(kept[0])
    print(f"first reading after {time.perf_counter() - started:.2f} s, the making of {_KEPT} frames included")
    for index in range(options.frames):
        pipeline.step(replace(kept[index % _KEPT], index=index, time=index / 30))
        if (index + 1) % max(1, options.frames // 10) == 0 or index == 0:
            print(f"{index + 1:7} frames  {resident_mb():7.1f} MB", flush=True)


if __name__ == "__main__":
    main()
