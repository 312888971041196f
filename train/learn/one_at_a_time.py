"""A run folder is written by one training at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from device.errors import UsageError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Make the folder and hold it; the kernel lets go of it when the process ends, however it ends.

    Raises:
        UsageError: another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        if fcntl is not None:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UsageError(
                    f"another training writes to {folder}: wait for it, or end it (pgrep -af train)"
                ) from None
        yield
