"""Instructions that one frame takes on a 64-bit Arm processor, counted under qemu-user; no Pi is needed.

python -m benchmarks.instructions ROOT PLUGIN.so [RECORDING ...] [--size 640x480]

ROOT is an arm64 Debian with NumPy, OpenCV and an interpreter; PLUGIN.so counts instructions and prints the count at
every prctl(0x50494e53, mark). Counts are the same in every run. Decoding is done here, outside ROOT; what is counted
is a frame's way from grey picture to event line. Instructions are not milliseconds.
"""

import argparse
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.scenes import scene

PROJECT = Path(__file__).parent.parent
_WARM_UP = 5  # frames that load caches and build tables
PROGRAM = """
import ctypes, json, sys
from pathlib import Path
import numpy as np
from device.contract import Frame
from device.kiosk import make_pipeline
from device.outputs.events import as_timed_event
from device.settings.settings import Settings
folder = Path(sys.argv[1])
greys, times = np.load(folder / "greys.npy"), np.load(folder / "times.npy")
pipeline, mark = make_pipeline(Settings(interpreter=sys.argv[2])), ctypes.CDLL(None).prctl
image, faces = np.zeros((*greys.shape[1:], 3), np.uint8), 0
for index, (grey, time) in enumerate(zip(greys, times)):
    frame = Frame(index, float(time), grey, image)
    mark(0x50494E53, 1, 0, 0, 0)
    reading = pipeline.step(frame)
    json.dumps(as_timed_event(reading))
    mark(0x50494E53, 2, 0, 0, 0)
    faces += len(reading.faces)
print(faces, flush=True)
"""


def count(
    root: Path, plugin: Path, recording: Path, size: tuple[int, int], most: int, interpreter: str
) -> tuple[list[int], int]:
    """(instructions of each frame, faces in all of them)."""
    frames = [(frame.grey, frame.time) for frame, _ in zip(scene(recording, size), range(most), strict=False)]
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder) / "greys.npy", np.stack([grey for grey, _ in frames]))
        np.save(Path(folder) / "times.npy", np.array([time for _, time in frames]))
        python = next(root.glob("usr/bin/python3.*[0-9]"))
        packages = [*root.glob("venv/lib/python3*/site-packages"), *root.glob("usr/lib/python3/dist-packages")]
        log = Path(folder) / "log"
        qemu = ["qemu-aarch64", "-L", root, "-cpu", "cortex-a72", "-plugin", plugin, "-d", "plugin", "-D", log]
        ran = subprocess.run(
            [*map(str, qemu), str(python), "-c", PROGRAM, folder, interpreter],
            env={
                "PATH": "/usr/bin",
                "PYTHONHASHSEED": "0",
                "PYTHONDONTWRITEBYTECODE": "1",
                "PYTHONHOME": str(root / "usr"),
                "PYTHONPATH": ":".join(map(str, [PROJECT, *packages])),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        text = log.read_text() if log.exists() else ""
    if ran.returncode:
        sys.exit(f"error: the program failed under qemu: {ran.stderr.strip()[-500:]}")
    return [int(delta) for delta in re.findall(r"mark=2 .*delta=(\d+)", text)], int(ran.stdout.split()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=lambda text: Path(text).absolute())
    parser.add_argument("plugin", type=lambda text: Path(text).absolute())
    parser.add_argument("recordings", type=Path, nargs="*", default=[PROJECT / "tests" / "media" / "drawn_faces.mp4"])
    parser.add_argument("--size", default="640x480", metavar="WxH")
    parser.add_argument(
        "--interpreter",
        default="tflite-runtime",
        help="ai-edge-litert 2.3 crashes under qemu-user 7.2 that sees this machine's /sys (in a chroot it runs)",
    )
    parser.add_argument("--frames", type=int, default=90, help="of each recording, at most")
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    print(f"{'recording':<28}{'frames':>7}{'faces':>7}{'mean':>9}{'median':>9}{'most':>9}  million instructions")
    for recording in options.recordings:
        counts, faces = count(
            options.root, options.plugin, recording, (width, height), options.frames, options.interpreter
        )
        millions = [value / 1e6 for value in counts[_WARM_UP:]]
        print(
            f"{recording.name:<28}{len(counts):7}{faces:7}{statistics.mean(millions):9.1f}"
            f"{statistics.median(millions):9.1f}{max(millions):9.1f}"
        )


if __name__ == "__main__":
    main()
