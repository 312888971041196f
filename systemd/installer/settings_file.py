"""/etc/emotion-kiosk/config.toml: written once, then the user's."""

from pathlib import Path

from installer.layout import Layout
from installer.step import Step, write

SHIPPED = Path("systemd/config.toml")


def steps(layout: Layout, source: Path) -> list[Step]:
    """Write the commented defaults where there are no settings; where there are, lay changed defaults beside them."""
    shipped = source / SHIPPED
    if not shipped.is_file():
        return []
    content = shipped.read_bytes()
    if not layout.settings.exists():
        return [Step(f"write the settings {layout.settings}", lambda: write(layout.settings, content))]
    beside = layout.settings.with_name("config.toml.new")
    former = layout.current / SHIPPED
    known = former.is_file() and former.read_bytes() == content
    if known or content in [path.read_bytes() for path in (layout.settings, beside) if path.is_file()]:
        return []
    return [
        Step(
            f"keep your {layout.settings}, and lay this version's defaults beside it as {beside.name}",
            lambda: _lay(beside, content),
        )
    ]


def _lay(beside: Path, content: bytes) -> str:
    write(beside, content)
    return f"new settings are described in {beside}"
