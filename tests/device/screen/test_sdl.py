"""Windows in this process, on SDL's driver that keeps windows in memory."""

import signal
import sys

import numpy as np
import pytest

from device.errors import HardwareError
from device.screen.sdl import SdlScreen, whole_screen


def test_a_screen_larger_than_full_hd_is_driven_at_full_hd() -> None:
    modes = [(3840, 2160), (1920, 1080), (1280, 720)]
    assert whole_screen((3840, 2160), modes) == (1920, 1080)
    assert whole_screen((1280, 1024), modes) == (1280, 1024)
    assert whole_screen((3840, 2160), [(3840, 2160)]) == (3840, 2160)


pytestmark = [pytest.mark.once, pytest.mark.skipif(sys.platform != "linux", reason="screens need Linux")]


def test_only_closing_closes(dummy: None) -> None:
    import pygame

    with SdlScreen("window") as window:
        assert not window.closed()
        pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_a))
        assert not window.closed()
        assert not pygame.mixer.get_init()
        for event in (
            pygame.event.Event(pygame.KEYDOWN, key=pygame.K_q),
            pygame.event.Event(pygame.KEYDOWN, key=pygame.K_ESCAPE),
            pygame.event.Event(pygame.WINDOWCLOSE),
        ):
            window._closed = False
            pygame.event.post(event)
            assert window.closed()


def test_a_desktop_that_goes_is_a_failure(dummy: None) -> None:
    import pygame

    with SdlScreen("window") as window:
        pygame.event.post(pygame.event.Event(pygame.QUIT))
        with pytest.raises(HardwareError, match="the desktop is gone"):
            window.closed()


def test_signals_stay_ours(dummy: None) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever starts the tests may have it ignored
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with SdlScreen("window") as window:
        window.put(np.zeros((*window.size[::-1], 3), np.uint8))
        assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_pixels(dummy: None) -> None:
    import pygame

    picture = np.random.default_rng(0).integers(0, 256, (720, 1024, 3), dtype=np.uint8)
    with SdlScreen("window") as window:
        assert window.size == (1024, 720)  # the driver's desktop is 1024x768
        window.put(picture)
        shown = pygame.image.tobytes(pygame.display.get_surface(), "RGB")
    assert (np.frombuffer(shown, np.uint8).reshape(picture.shape) == picture[..., ::-1]).all()
