"""A test whose program is missing is left out with its package's name, and in CI it fails."""

import sys
from collections.abc import Callable

import pytest

from tests import needs

LACKING = [lambda: needs.program("no-such-program", apt="some-package"), lambda: needs.module("no_such", pip="such")]


@pytest.mark.parametrize("lacking", LACKING)
@pytest.mark.parametrize(("ci", "outcome"), [("", pytest.skip.Exception), ("true", pytest.fail.Exception)])
def test_what_a_package_would_bring_is_skipped_and_fails_in_ci(
    monkeypatch: pytest.MonkeyPatch, lacking: Callable[[], object], ci: str, outcome: type[BaseException]
) -> None:
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match=r"no no.such\S* here: (apt install some-package|pip install such)$"):
        lacking()


def test_what_is_there_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    assert needs.program("sh", apt="dash").endswith("/sh")
    assert needs.module("sys", pip="") is sys


def test_what_was_left_out_is_one_line_with_the_packages() -> None:
    reasons = [
        "no Xvfb here: apt install xvfb",
        "only with --rig",
        "no Xvfb here: apt install xvfb",
        "no sshd here: apt install openssh-server",
        "no jax here: pip install jax",
    ]
    assert needs.left_out(reasons) == (
        "not tested: 2 no Xvfb here; 1 only with --rig; 1 no sshd here; 1 no jax here. "
        "What would bring them: apt install openssh-server xvfb; pip install jax"
    )
    assert needs.left_out(["this is root"]) == "not tested: 1 this is root"
    assert needs.left_out([]) == ""
