"""The TFLite interpreter: ai-edge-litert or tflite-runtime, whichever is there and works."""

import importlib
from typing import Any

from device.errors import ModelError, UsageError
from device.process.quiet import quiet_stderr

RUNTIMES = {
    "ai-edge-litert": "ai_edge_litert.interpreter",
    "tflite-runtime": "tflite_runtime.interpreter",
}


def create(content: bytes, runtime: str = "auto", threads: int = 1) -> tuple[str, Any]:
    """(runtime's name, interpreter with its tensors allocated).

    One thread by default: tflite-runtime grows fifty times slower when it has more threads than free cores.

    Args:
        content: a whole .tflite file, checked already (device.net.model_file).
        runtime: one of RUNTIMES, or "auto" for the first that works.

    Raises:
        UsageError: no runtime works here; the line says what to install.
        ModelError: the runtime works, but not with this model.
    """
    if runtime != "auto" and runtime not in RUNTIMES:
        raise UsageError(f"interpreter {runtime!r} is none of auto, {', '.join(RUNTIMES)}")
    failures = []
    for name in RUNTIMES if runtime == "auto" else [runtime]:
        try:
            module = importlib.import_module(RUNTIMES[name])
        except ImportError as error:
            missing = isinstance(error, ModuleNotFoundError)
            failures.append(f"{name} is not installed" if missing else f"{name} does not load ({error})")
            continue
        try:
            with quiet_stderr():
                interpreter = module.Interpreter(model_content=content, num_threads=threads)
                interpreter.allocate_tensors()
        except (SystemError, AttributeError) as error:
            # tflite-runtime 2.14 was built for NumPy 1: it imports under NumPy 2 and fails here.
            import numpy  # not above: who reads settings loads this module, and no NumPy

            too_new = name == "tflite-runtime" and not numpy.__version__.startswith("1.")
            cure = "does not work with this NumPy (pip install 'numpy<2')"
            failures.append(f"{name} {cure}" if too_new else f"{name} does not work ({error})")
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"{name} cannot run this model: {str(error).splitlines()[0]}") from error
        else:
            return name, interpreter
    raise UsageError(
        f"no TFLite interpreter works here: {'; '.join(failures)}. Cure: pip install ai-edge-litert "
        "(or, on Python 3.11 and older, pip install tflite-runtime 'numpy<2')"
    )
