"""`python -m device.doctor.probe NAME`: what could crash, asked in a process of its own. Answers one line of JSON."""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

from device.errors import ModelError, exit_status
from device.process.quiet import quiet_stderr


def opencv() -> dict[str, Any]:
    """NumPy and OpenCV together, and one search of the cascade."""
    import cv2
    import numpy as np

    from device.faces.haar import Haar

    noise = np.random.default_rng(0).integers(0, 256, (240, 320), np.uint8)
    started = time.perf_counter()
    Haar().search(noise, 48, 200, 5)
    search_ms = (time.perf_counter() - started) * 1000
    return {"numpy": np.__version__, "opencv": cv2.__version__, "file": cv2.__file__, "search_ms": search_ms}


def model(file: str, runtime: str, threads: str) -> dict[str, Any]:
    """The model on its interpreter, run once on grey."""
    from pathlib import Path

    import numpy as np

    from device.net import model_file
    from device.net.classifier import Classifier

    classifier = Classifier(model_file.load(Path(file)), runtime, int(threads))
    grey = np.full((classifier.card.height, classifier.card.width), 128, np.uint8)
    started = time.perf_counter()
    scores = classifier.scores(grey)
    run_ms = (time.perf_counter() - started) * 1000
    if not np.isfinite(scores).all() or abs(scores.sum() - 1) > 1e-3:
        raise ModelError(f"{file} answers {scores}, which are no probabilities")
    return {"runtime": classifier.runtime, "run_ms": run_ms, "labels": len(classifier.labels)}


def picamera() -> dict[str, Any]:
    """The cameras at the Pi's connectors, as libcamera sees them. None of them is opened."""
    with quiet_stderr():
        from picamera2 import Picamera2

        cameras = Picamera2.global_camera_info()
    return {"cameras": [camera["Model"] for camera in cameras]}


_PROBES: dict[str, Callable[..., dict[str, Any]]] = {"opencv": opencv, "model": model, "picamera": picamera}

if __name__ == "__main__":
    sys.exit(exit_status(lambda: print(json.dumps(_PROBES[sys.argv[1]](*sys.argv[2:])))))
