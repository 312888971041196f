"""What Ctrl-C leaves, said where a command ends by it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def saying(line: Callable[[], str]) -> Iterator[None]:
    """Whoever stops the block hears what is kept and how to go on, instead of a mere "stopped"."""
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(line()) from None
