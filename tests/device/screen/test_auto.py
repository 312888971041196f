"""Which screen `auto` takes."""

from pathlib import Path

import pytest

from device.screen.auto import Surroundings, choose, surroundings

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("around", "screen_name"),
    [
        (Surroundings(desktop=True, connected=True, framebuffer=True, pygame=True), "window"),
        (Surroundings(desktop=False, connected=True, framebuffer=True, pygame=True), "drm"),
        (Surroundings(desktop=False, connected=False, framebuffer=True, pygame=True), "fb"),
        (Surroundings(desktop=True, connected=True, framebuffer=True, pygame=False), "fb"),
        (Surroundings(desktop=True, connected=True, framebuffer=False, pygame=False), "none"),
        (Surroundings(desktop=False, connected=False, framebuffer=False, pygame=True), "none"),
    ],
)
def test_auto_is_the_best_screen_there_is(around: Surroundings, screen_name: str) -> None:
    assert choose(around) == screen_name


def test_the_surroundings_are_read_from_the_environment_and_sysfs(tmp_path: Path) -> None:
    assert surroundings({}, tmp_path) == Surroundings(False, False, False, surroundings().pygame)
    assert surroundings({"DISPLAY": ":0"}, tmp_path).desktop
    assert surroundings({"WAYLAND_DISPLAY": "wayland-0"}, tmp_path).desktop
    for folder in ("dev/dri", "sys/class/drm/card1-HDMI-A-1", "sys/class/drm/card1-HDMI-A-2"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "dev/dri/card1").touch()
    for connector, status in (("A-1", "disconnected"), ("A-2", "disconnected")):
        (tmp_path / f"sys/class/drm/card1-HDMI-{connector}/status").write_text(f"{status}\n")
    assert not surroundings({}, tmp_path).connected
    (tmp_path / "sys/class/drm/card1-HDMI-A-2/status").write_text("connected\n")
    assert surroundings({}, tmp_path).connected
    (tmp_path / "dev/fb0").touch()
    assert surroundings({}, tmp_path).framebuffer
