"""The camera that the settings name, not yet open."""

import os
from collections.abc import Callable
from pathlib import Path

from device.camera import names
from device.camera.camera import Camera
from device.camera.driver import Driver, Wanted
from device.camera.kinds import kind_of
from device.camera.mock import MockCamera
from device.camera.network import NetworkCamera
from device.camera.newest import Newest
from device.camera.photos import Photos
from device.camera.picamera import PiCamera
from device.camera.recorded import SIDECAR, Recorded
from device.camera.video import Video
from device.camera.view import View, Viewed
from device.camera.webcam import Webcam
from device.errors import UsageError
from device.process.stop import NEVER, Stop
from device.settings.settings import Settings


def make_camera(settings: Settings, wants: Callable[[float], bool] = lambda time: True, stop: Stop = NEVER) -> Camera:
    """The camera that `settings.camera` names, seen as the settings say.

    A live one (see names.is_live), a video, a photo, a folder of photos, or a folder that was recorded, which says
    itself how it is to be seen.

    Args:
        wants: whether a frame of a live camera at that time, seconds, is to be read.
        stop: ends whatever the camera waits for, and then the frames.

    Raises:
        UsageError: nothing of that name, or closed to this user; of no known kind; or a setting that it cannot take.
        DataError: a recorded folder that is damaged.
    """
    view = View(settings.rotation, settings.mirror, settings.region)
    if names.is_live(settings.camera):
        return _seen(Newest(_driver(settings, stop), settings.stall_seconds, wants, stop), view)
    recording = _recording(settings.camera, settings.pace, settings.loop, stop)
    return recording if is_recorded(settings.camera) else _seen(recording, view)


def is_recorded(name: str) -> bool:
    """Whether a --camera setting names a folder that `device record` wrote."""
    return os.access(Path(name) / SIDECAR, os.F_OK)  # which a folder that is closed to this user does not make raise


def _driver(settings: Settings, stop: Stop) -> Driver:
    name = settings.camera
    wanted = Wanted(settings.width, settings.height, settings.rate, settings.pixel_format)
    if names.is_mock(name):
        recording = _recording(names.recording(name), "max", settings.loop, stop)
        return MockCamera(recording, settings.mock_faults, stop)
    if names.picamera_number(name) is not None:
        return PiCamera(name, wanted, settings.stall_seconds)
    if names.is_network(name):
        return NetworkCamera(name, settings.camera_login, wanted, settings.stall_seconds)
    return Webcam(name, wanted)


def _recording(name: str, pace: str, loop: bool, stop: Stop) -> Camera:
    path = Path(name)
    if not name or not _exists(path):
        raise UsageError(
            f"{names.public(name)}: no such camera or file (a Pi's camera is picamera2; a webcam is /dev/video0; "
            "a network camera is rtsp://HOST/PATH; a recording is a file or folder)"
        )
    if is_recorded(name):
        recorded = Recorded(path, pace, loop, stop)
        return _seen(recorded, recorded.view)
    kind = "photo" if path.is_dir() else kind_of(path)
    if kind == "photo":
        return Photos(path, pace, loop, stop)
    if kind == "video":
        return Video(path, pace, loop, stop)
    raise UsageError(f"{name}: neither a video (MP4, MOV, MKV, AVI, H.264 ...) nor a photo (JPEG, PNG, WebP, TIFF ...)")


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:  # a folder above it is closed to this user
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error


def _seen(camera: Camera, view: View) -> Camera:
    return camera if view == View() else Viewed(camera, view)
