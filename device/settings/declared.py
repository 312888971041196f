"""How one setting is declared, and what follows from that: whether a value can be."""

import math
from collections.abc import Callable
from dataclasses import Field, dataclass, field
from typing import Any

from device.errors import UsageError

_HUGE = 2**53  # from here on a float does not hold every whole number, and later none
_KIND_NAMES = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


@dataclass(frozen=True)
class Declaration:
    """What is known of a setting beside its name and default."""

    meaning: str  # for people, with the unit
    group: str  # heading in the settings file; empty for what only tests use, which stands in no file
    low: float = -math.inf
    high: float = math.inf
    choices: tuple[Any, ...] = ()  # the only values, where there are few
    form: Callable[[Any], object] | None = None  # raises UsageError for a text that is not written as it should be
    reload: bool = False  # whether a running kiosk takes another value without opening anything anew


def setting(default: Any, meaning: str, group: str, **more: Any) -> Any:
    """A field of Settings; `more` are the other fields of Declaration."""
    return field(default=default, metadata={"declaration": Declaration(meaning, group, **more)})


def declaration(of: Field[Any]) -> Declaration:
    found: Declaration = of.metadata["declaration"]
    return found


def check(of: Field[Any], value: Any) -> None:
    """Raise UsageError where a value of the right type is none that the setting can have."""
    name, known = of.name, declaration(of)
    if (known.low, known.high) != (-math.inf, math.inf) and not known.low <= value <= known.high:
        raise UsageError(f"{name} = {_short(value)} is not from {known.low} to {known.high}")
    if known.choices and value not in known.choices:
        raise UsageError(f"{name} = {value!r} is none of {', '.join(map(str, known.choices))}")
    if known.form and value:
        try:
            known.form(value)
        except UsageError as error:
            raise UsageError(str(error) if str(error).startswith(name) else f"{name}: {error}") from error


def taken(of: Field[Any], value: Any) -> Any:
    """A value as TOML has it, in the setting's own type and checked.

    Raises:
        UsageError: of another type, or none that the setting can have.
    """
    wanted = type(of.default)
    if wanted is float and type(value) is int:
        value = float(value) if abs(value) < _HUGE else (math.inf if value > 0 else -math.inf)
    if wanted is tuple:
        value = tuple(value) if isinstance(value, list) else (value,)
        if not all(isinstance(part, str) for part in value):
            raise UsageError(f"{of.name} must be text, or a list of texts")
    elif type(value) is not wanted:
        raise UsageError(f"{of.name} must be {_KIND_NAMES[wanted]}, not {value!r}")
    check(of, value)
    return value


def _short(value: float) -> str:
    return f"{value:.12g}" if isinstance(value, float) or abs(value) < _HUGE else f"{str(value)[:12]}..."
