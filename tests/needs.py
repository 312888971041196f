"""What a test needs of the machine that a package would bring: where it is missing the test is skipped, in CI it fails.

A machine that skips every test of a window stays green however broken windows are; so only a person, at their own
machine, may leave such tests out. What no package brings (a camera, root, another system) is skipped by pytest's own
means, in CI too.
"""

import importlib
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterable
from types import ModuleType
from typing import NoReturn

import pytest

_FORM = re.compile(r"no (?P<what>.+) here: (?P<cure>apt|pip) install (?P<package>\S+)$")
# Where servers lie, which is not on everybody's PATH.
_SERVERS = ":/usr/local/sbin:/usr/sbin:/sbin"


def program(name: str, apt: str) -> str:
    """The program's path, or no test."""
    return shutil.which(name, path=os.environ.get("PATH", os.defpath) + _SERVERS) or lack(name, apt=apt)


def module(name: str, pip: str) -> ModuleType:
    """The imported module, or no test."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return lack(name, pip=pip)


def lack(what: str, apt: str = "", pip: str = "") -> NoReturn:
    """End the test that cannot be without `what`, which a package of apt's or pip's would bring."""
    reason = f"no {what} here: {f'apt install {apt}' if apt else f'pip install {pip}'}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def left_out(reasons: Iterable[str]) -> str:
    """One line on the reasons of skipped tests, one reason each: how many, and which packages would bring them."""
    counts, packages = Counter[str](), dict[str, set[str]]()
    for reason in reasons:
        found = _FORM.fullmatch(reason)
        counts[f"no {found['what']} here" if found else reason] += 1
        if found:
            packages.setdefault(found["cure"], set()).add(found["package"])
    if not counts:
        return ""
    cures = [f"{cure} install {' '.join(sorted(names))}" for cure, names in sorted(packages.items())]
    parts = [f"{count} {reason}" for reason, count in counts.most_common()]
    return f"not tested: {'; '.join(parts)}" + (f". What would bring them: {'; '.join(cures)}" if cures else "")
