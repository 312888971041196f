"""Cameras on the network, against servers on loopback: read, reconnected, and their login seen by nobody."""

import json
import re
import socket
import time
from pathlib import Path

import pytest

from device.camera import names
from device.camera.make import make_camera
from device.camera.network_host import address
from device.camera.recorded import SIDECAR
from device.errors import HardwareError, UsageError
from device.settings.settings import Settings
from tests.conftest import error_lines, run_command
from tests.device.camera.network_servers import Behaviour, serving
from tests.device.kiosk import Kiosk
from tests.scenes import HEIGHT, WIDTH, config, scene

SECRET = "hunter2"
LOGIN = f"admin:{SECRET}"


@pytest.fixture
def login(tmp_path: Path) -> str:
    path = tmp_path / "login"
    path.write_text(LOGIN + "\n")
    return str(path)


def _port_of_nobody() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.mark.parametrize("kind", ["http", "rtsp"])
@pytest.mark.parametrize("by", ["nobody", "file", "address"])
def test_frames_come_with_and_without_a_login(kind: str, by: str, login: str) -> None:
    with serving(kind, Behaviour("" if by == "nobody" else LOGIN)) as place:
        name = f"{kind}://{LOGIN + '@' if by == 'address' else ''}{place}/stream"
        with make_camera(Settings(camera=name, camera_login=login if by == "file" else "")) as camera:
            frames = [frame for _, frame in zip(range(5), camera, strict=False)]
            assert SECRET not in camera.describe()
            assert f"{WIDTH}x{HEIGHT}" in camera.describe()
    assert len(frames) == 5
    assert abs(frames[0].image.astype(int) - scene()).mean() < 12  # JPEG
    times = [frame.time for frame in frames]
    assert times == sorted(times)


@pytest.mark.parametrize("kind", ["http", "rtsp"])
def test_a_camera_that_stalls_or_ends_is_noticed(kind: str) -> None:
    for stalls, words in ((True, "gave no frame for 2 seconds"), (False, "has ended its stream")):
        with serving(kind, Behaviour(frames=60, stalls=stalls)) as place:
            camera = make_camera(Settings(camera=f"{kind}://{place}/stream", stall_seconds=2))
            with pytest.raises(HardwareError, match=words), camera:
                for _ in camera:
                    pass
            time.sleep(0.3)
            assert not camera.hangs


@pytest.mark.parametrize("kind", ["http", "rtsp"])
def test_why_it_does_not_open_is_said_without_the_login(kind: str, tmp_path: Path, login: str) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text(f"admin:{SECRET}x\n")
    with serving(kind, Behaviour(LOGIN)) as place:
        for file, words in (("", "asks for a login"), (str(wrong), "refuses the login")):
            with pytest.raises(HardwareError, match=words) as raised:
                make_camera(Settings(camera=f"{kind}://{place}/stream", camera_login=file)).__enter__()
            assert SECRET not in str(raised.value)
    name = f"{kind}://{LOGIN}@127.0.0.1:{_port_of_nobody()}/stream"
    with pytest.raises(HardwareError, match="has nothing at port") as raised:
        make_camera(Settings(camera=name)).__enter__()
    assert SECRET not in str(raised.value)


@pytest.mark.once
def test_a_path_that_is_none() -> None:
    with serving("http", Behaviour()) as place, pytest.raises(HardwareError, match="nothing at this path"):
        make_camera(Settings(camera=f"http://{place}/nothing")).__enter__()


@pytest.mark.once
def test_no_command_shows_the_login(tmp_path: Path) -> None:
    dead = f"127.0.0.1:{_port_of_nobody()}"
    for name in (f"rtsp://{LOGIN}@{dead}/a", f"rtmp://{LOGIN}@{dead}/a", f"http://{dead}/a?user=admin&pwd={SECRET}"):
        file = config(tmp_path, f'camera = "{name}"')
        commands: list[list[object]] = [
            ["run", "--config", file],
            ["run", "--config", file, "--check"],
            ["record", "--config", file, "--out", tmp_path / "r"],
            ["doctor", "--config", file],
            ["run", "--camera", name],
            ["replay", name],
            ["bench", name],
        ]
        for words in commands:
            result = run_command("device", *words)
            assert SECRET not in result.stdout + result.stderr, words
            assert "Traceback" not in result.stderr, (words, result.stderr)
            if words[0] == "run" and "--camera" in words:
                assert "camera_login" in result.stderr


@pytest.mark.once
def test_a_recording_does_not_hold_the_login(tmp_path: Path) -> None:
    with serving("http", Behaviour(LOGIN)) as place:
        file = config(tmp_path, f'camera = "http://{LOGIN}@{place}/stream"')
        result = run_command("device", "record", "--config", file, "--out", tmp_path / "r", "--seconds", 1)
    assert (result.returncode, error_lines(result)) == (0, [])
    text = (tmp_path / "r" / SIDECAR).read_text()
    assert SECRET not in text
    assert json.loads(text.splitlines()[0])["settings"]["camera"] == f"http://***@{place}/stream"


@pytest.mark.once
def test_a_service_waits_for_a_camera_that_is_away_and_comes_back(tmp_path: Path, login: str) -> None:
    port = _port_of_nobody()
    lines = (f'camera_login = "{login}"', "retry_seconds = 1", "loop = false")
    name = f"rtsp://127.0.0.1:{port}/stream"
    hurry = "from device.camera import waiting\nwaiting.LEAST_LIFE_SECONDS = 0.0"
    # NOTIFY_SOCKET makes a service of it.
    kiosk = Kiosk(tmp_path, words=("--camera", name), prelude=hurry, NOTIFY_SOCKET=str(tmp_path / "notify"))
    kiosk.config.write_text(kiosk.config.read_text().replace("loop = true\n", "") + "\n".join(lines) + "\n")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager, kiosk:
        manager.bind(str(tmp_path / "notify"))
        kiosk.wait_for(lambda: any("has nothing at port" in line and "waiting" in line for line in kiosk.said()))
        with serving("rtsp", Behaviour(LOGIN), port):
            assert kiosk.process.wait(60) == 1
    assert "starting afresh" in kiosk.said()[-1]
    assert "the camera gives frames" in kiosk.said()[-1]
    assert SECRET not in "\n".join(kiosk.said())


@pytest.mark.once
def test_a_login_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "login"
    for content in ("", "admin", f":{SECRET}", f"{LOGIN}\nmore\n", b"\xff\xfe"):
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        with pytest.raises(UsageError, match="user:password") as raised:
            address("rtsp://camera/a", str(file))
        assert SECRET not in str(raised.value)
    with pytest.raises(UsageError, match="cannot be read"):
        address("rtsp://camera/a", str(tmp_path / "nothing"))
    file.write_text("ad@min:p@ss:w/rd\n")
    assert address("rtsp://old:login@camera:8554/a?b=c", str(file)) == (
        "rtsp://ad%40min:p%40ss%3Aw%2Frd@camera:8554/a?b=c"
    )
    for name in ("rtsp://", "http:///path", f"rtsp://{LOGIN}@host:port/a"):
        with pytest.raises(UsageError, match="no address") as raised:
            address(name, "")
        assert SECRET not in str(raised.value)


@pytest.mark.once
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("rtsp://camera/a", "rtsp://camera/a"),
        (f"RTSP://{LOGIN}@camera/a", "RTSP://***@camera/a"),
        ("rtsp://admin:p@ss/w#rd?@camera/a", "rtsp://***@camera/a"),
        (f"http://camera/a?user=me&pwd={SECRET}&size=1", "http://camera/a?user=***&pwd=***&size=1"),
        ("film@home.mp4", "film@home.mp4"),
    ],
)
def test_what_is_shown_of_a_name(name: str, shown: str) -> None:
    assert names.public(name) == shown
    assert names.has_login(name) == (name != shown)
    assert names.is_network(name) == (re.match("(?i)rtsp|http", name) is not None)
