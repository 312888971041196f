"""A flat TOML file with the line of each key, which tomllib does not tell."""

import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from device.errors import UsageError


def read(path: Path, check: Callable[[str, Any], Any]) -> dict[str, Any]:
    """The file's values, each as `check(key, value)` gives it back.

    Raises:
        UsageError: the file cannot be read, or is at fault: one line for each fault, which names file and line.
    """
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{path} line {line}: is not TOML: save the file as UTF-8") from error
    values: dict[str, Any] = {}
    lines: dict[str, int] = {}
    faults = []
    for line, key, value in _statements(text):
        try:
            if isinstance(value, tomllib.TOMLDecodeError):
                raise UsageError(_no_toml(line, value))
            if isinstance(value, dict):
                raise UsageError(f"{key} is a table; settings stand flat, one NAME = VALUE a line")
            if key in lines:
                raise UsageError(f"{key} is set in line {lines[key]} already")
            lines[key] = line
            values[key] = check(key, value)
        except UsageError as error:
            faults.append(f"{path} line {line}: {error}")
    if faults:
        raise UsageError("\n".join(faults))
    return values


def _statements(text: str) -> Iterator[tuple[int, str, Any]]:
    """(line from 1, key, value) of each setting in turn; a TOMLDecodeError as the value of one that is at fault.

    A statement is the least number of lines that parse: text and lists that go over several lines do not before they
    are closed, and then the fault lies at the end of what was parsed.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    start, end = 0, 1
    while end <= len(lines):
        try:
            statement = tomllib.loads("\n".join(lines[start:end]) + "\n")
        except tomllib.TOMLDecodeError as error:
            if _place(error) is None and end < len(lines):
                end += 1
                continue
            yield start + 1, "", error
            start = max(start + 1, start + (_place(error) or end - start + 1) - 1)
        else:
            for key, value in statement.items():
                yield start + 1, key, value
            start = end
        end = start + 1


def _place(error: tomllib.TOMLDecodeError) -> int | None:
    """The line of a fault, from 1; None at the end of the text."""
    match = re.search(r"\(at line (\d+), column \d+\)", str(error))
    return int(match[1]) if match else None


def _no_toml(line: int, error: tomllib.TOMLDecodeError) -> str:
    place = _place(error)
    noticed = "" if place == 1 else f", noticed in line {line + place - 1}" if place else ", noticed at the end"
    reason = str(error).partition(" (at ")[0]
    return f"is not TOML: {reason}{noticed}; a setting is NAME = VALUE, with text in quotes"
