"""The framebuffer, against a file in place of /dev/fb0 and a folder in place of its sysfs entry."""

import os
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Pipe
from pathlib import Path

import numpy as np
import pytest

from device.drawing.fitting import annotate
from device.errors import HardwareError
from device.screen.framebuffer import Framebuffer
from device.screen.screen_process import serve
from tests.device.screens import FACE, reading_of
from tests.drawn import EXPRESSIONS, portrait

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="screens need Linux")


@pytest.fixture
def fake(tmp_path: Path) -> Callable[..., Framebuffer]:
    def make(bits: int, stride: int, width: int = 64, height: int = 48) -> Framebuffer:
        facts = {"bits_per_pixel": bits, "stride": stride, "virtual_size": f"{width},{height}"}
        for name, value in facts.items():
            (tmp_path / name).write_text(f"{value}\n")
        (tmp_path / "fb0").write_bytes(b"\xaa" * (stride * height))
        return Framebuffer(tmp_path / "fb0", tmp_path)

    return make


@pytest.mark.parametrize(("bits", "stride"), [(16, 128), (16, 160), (32, 256), (32, 320)])
def test_pixels_and_stride(fake: Callable[..., Framebuffer], bits: int, stride: int) -> None:
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (48, 64, 3), dtype=np.uint8)
    with fake(bits, stride) as framebuffer:
        assert framebuffer.size == (64, 48)
        framebuffer.put(np.zeros_like(picture))
        framebuffer.put(picture)
        rows = np.frombuffer(framebuffer.device.read_bytes(), np.uint8).reshape(48, stride)
    pixels = rows[:, : 64 * bits // 8].copy()
    blue, green, red = (picture[..., channel].astype(np.uint32) for channel in range(3))
    if bits == 16:
        assert (pixels.view("<u2") == (red >> 3) << 11 | (green >> 2) << 5 | blue >> 3).all()
    else:
        assert (pixels.view("<u4") & 0xFFFFFF == red << 16 | green << 8 | blue).all()
    assert (rows[:, 64 * bits // 8 :] == 0).all()


def test_what_cannot_be_shown_on_is_said(fake: Callable[..., Framebuffer], tmp_path: Path) -> None:
    with pytest.raises(HardwareError, match="24 bits per pixel; 16 and 32 are known"):
        fake(24, 192).__enter__()
    framebuffer = fake(16, 128)
    framebuffer.device.unlink()
    with pytest.raises(HardwareError, match="No such file"):
        framebuffer.__enter__()
    with pytest.raises(HardwareError, match="no framebuffer /dev/fb77"):
        Framebuffer(Path("/dev/fb77")).__enter__()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_write_that_fails_is_the_screens_error(fake: Callable[..., Framebuffer]) -> None:
    framebuffer = fake(32, 256)
    framebuffer.device = Path("/dev/full")
    with framebuffer, pytest.raises(HardwareError, match="No space left"):
        framebuffer.put(np.zeros((48, 64, 3), np.uint8))


def serve_until_it_closes(framebuffer: Framebuffer, link: object, memory: int) -> None:
    with pytest.raises((EOFError, ConnectionError)):
        serve(framebuffer, link, memory)  # type: ignore[arg-type]


def test_the_screens_process_draws_into_it(fake: Callable[..., Framebuffer]) -> None:
    """serve() itself, at the other end of a link, as screen.py uses it."""
    framebuffer, image = fake(32, 2560, 640, 480), portrait(EXPRESSIONS["happy"], size=400)
    ours, theirs = Pipe()
    memory = os.memfd_create("frame")
    server = threading.Thread(target=serve_until_it_closes, args=(framebuffer, theirs, memory))
    server.start()
    try:
        assert ours.recv()[0] == "ready"
        os.pwrite(memory, image.tobytes(), 0)
        ours.send((image.shape, reading_of(FACE), 12.4))
        assert ours.recv() == ("ready", f"{framebuffer.device}, 640x480, 32 bits per pixel")
    finally:
        ours.close()
        server.join(10)
        os.close(memory)
    shown = np.frombuffer(framebuffer.device.read_bytes(), np.uint8).reshape(480, 640, 4)[..., :3]
    assert (shown == annotate(image, reading_of(FACE), (640, 480), 12.4)).all()
