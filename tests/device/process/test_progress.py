"""The bar of a long work."""

import io

import pytest

from device.process.progress import Bar

pytestmark = pytest.mark.once


def test_a_bar_fills_on_a_terminal_and_is_gone_at_the_end() -> None:
    out = Terminal()
    with Bar(4, out) as bar:
        assert list(bar.over(iter("abcd"))) == list("abcd")
    shown = out.getvalue().split("\r")
    assert shown[1].startswith("[########......................] 1 of 4, ")
    assert shown[-1] == "\033[K"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True
