"""Several outputs as one. The trouble of one is neither the others' nor the run's."""

import sys
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import Self

from device.contract import Frame, Output, Pause, Reading
from device.errors import KioskError, OutputError
from device.process.retry import Retry
from device.settings.settings import Settings


class Outputs(Output):
    """Hands everything on to the others, in their order; closes them in the opposite one.

    Where the run goes on, one that fails is opened anew after a while, and its failure costs a line. Of a recording
    that is read once it is let go with a line, the others are whole, and the run ends with status 1.

    Args:
        goes_on: whether the run has no end of its own.
        piped: whether the run ends, and quietly, when nobody reads stdout any more (`| head`).

    Raises:
        KioskError: on entering, what cannot be opened; on leaving, where one has failed for good.
    """

    def __init__(self, outputs: Iterable[Output], goes_on: bool = False, piped: bool = True):
        self._outputs = tuple(_Guarded(output, goes_on, piped) for output in outputs)

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            for output in self._outputs:
                undo.enter_context(output.output)
            undo.pop_all()
        return self

    def show(self, frame: Frame, reading: Reading) -> None:
        for output in self._outputs:
            output.ask(lambda part: part.show(frame, reading))

    def rest(self, pause: Pause) -> None:
        for output in self._outputs:
            output.ask(lambda part: part.rest(pause))

    def adopt(self, settings: Settings) -> None:
        for output in self._outputs:
            output.adopt(settings)

    def __exit__(self, *error: object) -> None:
        for output in reversed(self._outputs):
            output.close(*error)
        if any(output.lost for output in self._outputs) and error[:1] in ((), (None,)):
            raise OutputError("")  # it was said when it happened; what is left is the exit status


class _Guarded:
    """One output, and what became of it."""

    def __init__(self, output: Output, goes_on: bool, piped: bool):
        self.output, self._goes_on, self._piped = output, goes_on, piped
        self._retry = Retry(f"output {type(output).__name__}")
        self._works = True
        self.lost = False  # whether what it was to write is not there

    def ask(self, what: Callable[[Output], None]) -> None:
        """Let it take something, if it works, or may be tried again."""
        try:
            if not self._works:
                if not self._goes_on or not self._retry.is_due:
                    return
                self.output.__enter__()
                self._works = True
            what(self.output)
        except Exception as error:
            self._fail(error)
        else:
            self._retry.recover("works again")

    def adopt(self, settings: Settings) -> None:
        """One that does not work at the moment takes them too: it is to come back with them."""
        try:
            self.output.adopt(settings)
        except Exception as error:
            self._fail(error)

    def close(self, *error: object) -> None:
        if not self._works:
            return
        try:
            self.output.__exit__(*error)
        except Exception as failure:
            self._check(failure)
            self._lose(failure)

    def _fail(self, error: Exception) -> None:
        self._check(error)
        if self._works:
            self._works = False
            with ExitStack() as silently:
                silently.push(lambda *_: True)
                self.output.__exit__(type(error), error, error.__traceback__)
        if self._goes_on:
            self._retry.fail(_in_words(error))
        else:
            self._lose(error)

    def _check(self, error: Exception) -> None:
        """Raise what is more than an output's own trouble."""
        if isinstance(error, BrokenPipeError) and self._piped:
            raise error
        # A mistake of the program ends what somebody watches; a kiosk goes on.
        if not self._goes_on and not isinstance(error, KioskError | OSError):
            raise error

    def _lose(self, error: Exception) -> None:
        self.lost = True
        print(f"error: {_in_words(error)}", file=sys.stderr, flush=True)


def _in_words(error: Exception) -> str:
    if isinstance(error, KioskError):
        return str(error)
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return f"{type(error).__name__}: {error}"
