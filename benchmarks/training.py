"""Images a second that each installed Keras backend trains, through the project's own `fit`, on random images.

python -m benchmarks.training [--steps 40] [--model default]
"""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

BACKENDS = ("tensorflow", "torch", "jax")

PROGRAM = """
import json, sys
from pathlib import Path
import numpy as np
from train.backend import load_keras
load_keras()
from train.data import splits
from train.data.labels import FER2013
from train.data.table import Table
from train.learn.fit import fit
from train.learn.settings import Settings

model, steps, precision, out = sys.argv[1], int(sys.argv[2]), sys.argv[3], Path(sys.argv[4])
count = steps * 128 * 10 // 9
images = np.random.default_rng(1).integers(0, 256, (count, 48, 48), dtype=np.uint8)
table = Table("random", images, np.arange(count) % 7, FER2013, np.full(count, "Training"), np.arange(count))
loaded = splits.split(table)
settings = Settings(model=model, epochs=2, precision=precision)
fit(loaded, settings, out, {"data": {"source": "random"}}, resume=False, start=None)
"""


def images_per_second(backend: str, model: str, steps: int, precision: str) -> float:
    """Of the second epoch: the first one compiles and warms up."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        subprocess.run(
            [sys.executable, "-c", PROGRAM, model, str(steps), precision, str(out)],
            env=os.environ | {"KERAS_BACKEND": backend},
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        seconds = json.loads((out / "history.json").read_text())[1]["seconds"]
    return float(steps * 128 / seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--model", default="default")
    options = parser.parse_args()
    runs = [(b, "float32") for b in BACKENDS if importlib.util.find_spec(b)]
    runs += [("torch", "mixed_bfloat16")] if ("torch", "float32") in runs else []
    print(f"{options.model}, {options.steps} steps of 128 images, {os.cpu_count()} processors")
    for backend, precision in runs:
        speed = images_per_second(backend, options.model, options.steps, precision)
        print(f"{backend:<12}{precision:<16}{speed:8.0f} images/s")


if __name__ == "__main__":
    main()
