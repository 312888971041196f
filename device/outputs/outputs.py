"""Several outputs as one."""

from collections.abc import Iterable
from contextlib import ExitStack
from typing import Self

from device.contract import Frame, Output, Pause, Reading
from device.settings.settings import Settings


class Outputs(Output):
    """Hands everything on to the others, in their order; closes them in the opposite one."""

    def __init__(self, outputs: Iterable[Output]):
        self._outputs = tuple(outputs)
        self._open = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            for output in self._outputs:
                undo.enter_context(output)
            self._open = undo.pop_all()
        return self

    def show(self, frame: Frame, reading: Reading) -> None:
        for output in self._outputs:
            output.show(frame, reading)

    def rest(self, pause: Pause) -> None:
        for output in self._outputs:
            output.rest(pause)

    def adopt(self, settings: Settings) -> None:
        for output in self._outputs:
            output.adopt(settings)

    def __exit__(self, *error: object) -> None:
        self._open.__exit__(*error)  # type: ignore[arg-type]
