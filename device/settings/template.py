"""What people read of the settings, from their declarations: `python -m device.settings.template [config|table]`.

`config` is systemd/config.toml, `table` what docs/kiosk.md shows. Tests hold both against this.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import Field, fields
from itertools import groupby
from typing import Any

from device.settings.declared import declaration
from device.settings.settings import Settings

# Where a kiosk differs from the program: these stand in its file, not behind a #.
KIOSK = {"camera": "picamera2", "model": "active", "display": "auto"}

_HEAD = """\
# Settings of the emotion kiosk. A line that begins with # and a name is a setting at its default: take the # away to
# change it. One NAME = VALUE a line; texts stand in quotes. See what the kiosk says of this file:
#
#     /opt/emotion-kiosk/current/venv/bin/python -P -m device run --config /etc/emotion-kiosk/config.toml --check
#
# `systemctl reload emotion-kiosk` takes what is marked (reload) without a pause in reading; for the rest,
# `systemctl restart emotion-kiosk`.
"""


def config() -> str:
    """The settings file that is installed: every setting with its meaning, in groups."""
    text = _HEAD
    for group, settings in _groups():
        text += f"\n\n## {group}\n"
        for setting in settings:
            kiosk = setting.name in KIOSK
            value = KIOSK.get(setting.name, setting.default)
            reload = " (reload)" if declaration(setting).reload else ""
            text += f"\n# {declaration(setting).meaning}{reload}\n"
            text += f"{'' if kiosk else '#'}{setting.name} = {_toml(value)}\n"
    return text


def table() -> str:
    """The same as tables in Markdown, with what each setting can be."""
    text = ""
    for group, settings in _groups():
        text += f"\n### {group}\n\n| setting | default | can be | meaning |\n|---|---|---|---|\n"
        for setting in settings:
            reload = " (reload)" if declaration(setting).reload else ""
            text += f"| `{setting.name}` | `{_toml(setting.default)}` | {_can_be(setting)} | "
            text += f"{declaration(setting).meaning}{reload} |\n"
    return text


def _groups() -> Iterator[tuple[str, list[Field[Any]]]]:
    shown = [field for field in fields(Settings) if declaration(field).group]
    for group, settings in groupby(shown, key=lambda field: declaration(field).group):
        yield group, list(settings)


def _can_be(setting: Field[Any]) -> str:
    known = declaration(setting)
    if known.choices:
        return ", ".join(map(str, known.choices))
    if isinstance(setting.default, bool):
        return "true, false"
    if isinstance(setting.default, int | float):
        return f"{known.low:,} to {known.high:,}"
    return "text, or a list of texts" if isinstance(setting.default, tuple) else "text"


def _toml(value: Any) -> str:
    return json.dumps(list(value) if isinstance(value, tuple) else value)


if __name__ == "__main__":
    print({"config": config, "table": table}[sys.argv[1] if len(sys.argv) > 1 else "config"](), end="")
