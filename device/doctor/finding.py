"""What a check found, and how findings are shown."""

import json
import os
import shutil
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from device.process.safe_names import shown

Level = Literal["ok", "warning", "fault", "none"]
_COLOURS = {"ok": "32", "warning": "33", "fault": "31", "none": "2"}


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    check: str  # what was looked at
    level: Level  # fault: the kiosk cannot work so; warning: it works worse; none: does not apply here
    text: str  # what was found
    cure: str = ""  # what a person can do about it

    def __post_init__(self) -> None:
        # Both may hold names of files.
        object.__setattr__(self, "text", shown(self.text))
        object.__setattr__(self, "cure", shown(self.cure))


def as_json(findings: Sequence[Finding]) -> str:
    """For machines: `findings`, and how many are of each kind."""
    counts = {level: sum(finding.level == level for finding in findings) for level in _COLOURS}
    return json.dumps({"counts": counts, "findings": [asdict(finding) for finding in findings]}, indent=2)


def as_table(findings: Sequence[Finding], columns: int, colour: bool) -> str:
    """For people: level, check, what was found, and its cure below it; lines of at most `columns` characters."""
    check_width = max((len(finding.check) for finding in findings), default=0)
    indent = 9 + check_width + 2
    lines = []
    for finding in findings:
        level = f"{'-' if finding.level == 'none' else finding.level:<9}"
        if colour:
            level = f"\033[{_COLOURS[finding.level]}m{level}\033[0m"
        body = textwrap.wrap(finding.text, max(30, columns - indent)) or [""]
        if finding.cure:
            body += textwrap.wrap(f"Cure: {finding.cure}", max(30, columns - indent))
        lines.append(f"{level}{finding.check:<{check_width}}  {body[0]}")
        lines += [" " * indent + line for line in body[1:]]
    return "\n".join(lines)


def show(findings: Sequence[Finding]) -> None:
    """Print the table, as wide as the terminal up to 120 characters, with colours where that takes them."""
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    print(as_table(findings, min(120, shutil.get_terminal_size((100, 24)).columns), colour), flush=True)
