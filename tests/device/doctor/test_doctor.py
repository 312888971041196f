"""The doctor over fake machines that are ill in one way each, and over this one."""

import hashlib
import json
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from device import doctor
from device.doctor import access, chosen_model, clock, config_check, eyes, finding, power, programs, running, storage
from device.doctor.examination import Examination
from device.doctor.finding import Finding
from device.doctor.host import Host, Output, call
from device.net import model_file
from device.process import child
from device.releases.probation import GOOD, ON_PROBATION, RECORD_NAME, ROLLED_BACK, Activation
from device.releases.store import BUNDLED, Store
from device.settings.settings import Settings
from tests.conftest import ROOT, run_command
from tests.device.camera.network_servers import Behaviour, serving

PI = {"proc/device-tree/model": "Raspberry Pi 4 Model B Rev 1.5\0"}
THROTTLED = "sys/devices/platform/soc/soc:firmware/get_throttled"
ACCOUNTS = {
    "etc/passwd": "root:x:0:0::/root:/bin/sh\nemotion-kiosk:x:990:990::/nonexistent:/usr/sbin/nologin\n",
    "etc/group": "root:x:0:\nvideo:x:44:emotion-kiosk\nrender:x:106:emotion-kiosk\nemotion-kiosk:x:990:\n",
}
STATE = "var/lib/emotion-kiosk"


@pytest.fixture
def case(tmp_path: Path) -> Callable[..., Examination]:
    """A machine made of files, programs' answers and settings."""

    def build(files: dict[str, str] | None = None, parts: dict[str, Any] | None = None, **settings: Any) -> Examination:
        for name, text in (files or {}).items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return Examination(Host(root=tmp_path, **(parts or {})), Settings(**settings), Store(tmp_path / STATE))

    return build


def levels(findings: Any) -> list[tuple[str, str]]:
    return [(item.check, item.level) for item in findings]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("0", [("power", "ok"), ("throttling", "ok")]),
        ("50005", [("power", "fault"), ("throttling", "warning")]),
        ("50000", [("power", "warning"), ("throttling", "warning")]),
        ("8", [("power", "ok"), ("throttling", "warning")]),
    ],
)
def test_undervoltage_and_throttling(case: Callable, word: str, expected: list) -> None:
    assert levels(power.throttling(case(PI | {THROTTLED: word + "\n"}))) == expected
    # Without the kernel's file, the firmware's own program is asked.
    asked = []

    def vcgencmd(words: list[str]) -> Output:
        asked.append(words)
        return Output(0, f"throttled=0x{word}\n", "")

    (case().host.root / THROTTLED).unlink()
    assert levels(power.throttling(case(PI, {"run": vcgencmd}))) == expected
    assert asked == [["vcgencmd", "get_throttled"]]


def test_voltage_where_none_is_told(case: Callable) -> None:
    assert levels(power.throttling(case())) == [("power", "none")]
    nothing = {"run": lambda words: Output(127, "", "")}
    assert levels(power.throttling(case(PI, nothing))) == [("power", "warning")]


def test_a_hot_processor(case: Callable) -> None:
    assert levels(power.temperature(case())) == [("temperature", "none")]
    zone = "sys/class/thermal/thermal_zone0/temp"
    for degrees, level in ((45, "ok"), (79, "warning"), (86, "fault")):
        assert levels(power.temperature(case({zone: f"{degrees}000\n"}))) == [("temperature", level)]
    (found,) = power.temperature(case({zone: "79000\n"}, hot_celsius=82.0))
    assert (found.level, found.text) == ("ok", "79 C")


def test_missing_groups(case: Callable) -> None:
    assert levels(access.groups(case(ACCOUNTS))) == [("groups", "ok")]
    (found,) = access.groups(case(ACCOUNTS | {"etc/group": "video:x:44:emotion-kiosk\nrender:x:106:pi\n"}))
    assert (found.level, found.text) == ("fault", "emotion-kiosk is not in render")
    assert "sudo usermod -aG render emotion-kiosk" in found.cure


def test_device_permissions(case: Callable) -> None:
    files = ACCOUNTS | {"dev/video0": "", "dev/dma_heap/linux,cma": ""}
    examination = case(files)
    root = examination.host.root
    for name in ("dev/video0", "dev/dma_heap/linux,cma"):
        (root / name).chmod(0o660)
    (found,) = access.devices(examination)
    assert found.level == "fault"
    assert "/dev/video0" in found.text
    own = f"emotion-kiosk:x:990:990::/:\nvideo:x:{os.getgid()}:emotion-kiosk\n"
    assert levels(access.devices(case(files | {"etc/group": own}))) == [("devices", "ok")]
    (root / "dev/video0").chmod(0o640)
    (found,) = access.devices(case({"etc/group": own}))
    assert "/dev/video0" in found.text
    assert "dma_heap" not in found.text


def test_nobody_is_installed_yet(case: Callable) -> None:
    user = f"me:x:{os.getuid()}:{os.getgid()}::/:/bin/sh\n"
    (found,) = access.groups(case({"etc/passwd": user, "etc/group": "video:x:44:\n"}))
    assert found.text == "me is not in video"


@pytest.mark.parametrize(
    ("megabytes", "nodes", "level"),
    [(5000, 10**6, "ok"), (300, 10**6, "warning"), (10, 10**6, "fault"), (5000, 3, "fault")],
)
def test_a_full_card(case: Callable, megabytes: int, nodes: int, level: str) -> None:
    facts = SimpleNamespace(f_bavail=megabytes * 1000, f_frsize=1000, f_blocks=16_000_000, f_files=10**6, f_ffree=nodes)
    assert levels(storage.space(case(parts={"space": lambda path: facts}))) == [("disk", level)]


@pytest.mark.parametrize(
    ("mount", "fstab", "level"),
    [
        ("/dev/mmcblk0p2 / ext4 rw,noatime 0 0", "", "ok"),
        ("/dev/mmcblk0p2 / ext4 ro 0 0", "PARTUUID=1 / ext4 defaults 0 1", "fault"),
        ("/dev/mmcblk0p2 / ext4 ro 0 0", "PARTUUID=1 / ext4 ro 0 1", "warning"),
        ("overlayroot / overlay rw 0 0", "", "warning"),
        ("", "", "none"),
    ],
)
def test_a_read_only_card(case: Callable, mount: str, fstab: str, level: str) -> None:
    assert levels(storage.writable(case(PI | {"proc/self/mounts": mount, "etc/fstab": fstab}))) == [("writable", level)]


def test_the_disk_of_a_file_that_the_settings_name(case: Callable) -> None:
    mounts = {"proc/self/mounts": "/dev/root / ext4 rw 0 0\ntmpfs /media/stick vfat ro,noatime 0 0\n"}
    examined = case(mounts, events="/media/stick/events.jsonl", display=("window", "/home/pi/a.mp4"))
    fault, fine = storage.writable(examined)
    assert (fault.level, fine.level) == ("fault", "ok")
    assert fault.text == "/media/stick/events.jsonl cannot be written: /media/stick is read-only"


def test_the_clock(case: Callable) -> None:
    for synchronised, level in ((True, "ok"), (False, "warning"), (None, "none")):
        assert levels(clock.clock(case(parts={"synchronised": lambda s=synchronised: s}))) == [("clock", level)]
    (found,) = clock.clock(case(parts={"now": lambda: 0.0, "synchronised": lambda: True}))
    assert found.level == "fault"
    assert "1970-01-01" in found.text


@pytest.mark.parametrize(
    ("shown", "expected", "words"),
    [
        ("ActiveState=active\nStatusText=29 frames a second", [("service", "ok")], "29 frames a second"),
        ("ActiveState=failed\nResult=exit-code\nExecMainStatus=2", [("service", "fault")], "settings or model"),
        ("ActiveState=failed\nResult=watchdog\nExecMainStatus=6", [("service", "fault")], "watchdog; status 6"),
        ("ActiveState=activating\nSubState=auto-restart", [("service", "warning")], "auto-restart"),
        ("ActiveState=active\nNRestarts=7", [("service", "ok"), ("service", "warning")], "7 times"),
        ("ActiveState=inactive\nUnitFileState=disabled", [("service", "warning")] * 2, "does not start"),
    ],
)
def test_the_services_state(case: Callable, shown: str, expected: list, words: str) -> None:
    def systemctl(words: list[str]) -> Output:
        return Output(0, "the very reason\n" if "--value" in words else f"LoadState=loaded\n{shown}\n", "")

    found = list(running.service(case(parts={"run": systemctl})))
    assert levels(found) == expected
    assert ("the very reason" in found[0].text) == (expected[0][1] == "fault")
    assert words in " ".join(item.text for item in found)


def test_no_service_is_no_fault(case: Callable) -> None:
    for output in (Output(127, "", ""), Output(0, "LoadState=not-found\nActiveState=inactive\n", "")):
        assert levels(running.service(case(parts={"run": lambda words, o=output: o}))) == [("service", "none")]


def release(root: Path, content: bytes, name: str | None = None) -> str:
    """Lay a release out and make it the active one."""
    name = name or hashlib.sha256(content).hexdigest()
    folder = root / f"{STATE}/releases/{name}"
    folder.mkdir(parents=True)
    (folder / "emotion.tflite").write_bytes(content)
    link = folder.parents[1] / "current"
    link.unlink(missing_ok=True)
    link.symlink_to(f"releases/{name}")
    return name


def test_the_active_release(case: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    content = (model_file.BUNDLED / "default" / model_file.MODEL_NAME).read_bytes()
    examination = case()
    assert levels(chosen_model.release(examination)) == [("release", "none")]
    assert levels(chosen_model.model(examination)) == [("model", "ok")]
    name = release(examination.host.root, content)
    (found,) = chosen_model.release(examination)
    assert (found.level, name[:12] in found.text) == ("warning", True)  # the settings name another model
    active = case(model="active")
    assert levels([*chosen_model.release(active), *chosen_model.model(active)]) == [("release", "ok"), ("model", "ok")]
    release(examination.host.root, content[:-2000], "0" * 64)
    damaged = [*chosen_model.release(active), *chosen_model.model(active)]
    assert levels(damaged) == [("release", "fault"), ("model", "fault")]
    assert "SHA-256" in damaged[0].text
    shutil.rmtree(active.store.path("0" * 64))
    assert levels([*chosen_model.release(active), *chosen_model.model(active)]) == [
        ("release", "fault"),
        ("model", "fault"),
    ]


def test_a_probation(case: Callable) -> None:
    name = f"{STATE}/{RECORD_NAME}"
    for state, level, words in (
        (ON_PROBATION, "warning", "60 s of finished frames"),
        (ROLLED_BACK, "warning", "it crashed"),
        (GOOD, "ok", "cccccccccccc"),
    ):
        record = Activation("c" * 64, BUNDLED, None, 60.0, state=state, reason="it crashed")
        (found,) = chosen_model.probation(case({name: json.dumps(asdict(record))}))
        assert (found.level, words in found.text) == (level, True)
    assert levels(chosen_model.probation(case({name: "{"}))) == [("probation", "warning")]


def test_a_busy_camera(case: Callable) -> None:
    examination = case({"dev/video0": "", "proc/77/comm": "cheese\n", "proc/77/cgroup": "0::/user.slice\n"})
    root = examination.host.root
    assert levels(eyes.camera(examination)) == [("camera", "ok")]
    (root / "proc/77/fd").mkdir()
    (root / "proc/77/fd/5").symlink_to(root / "dev/video0")
    (found,) = eyes.camera(examination)
    assert (found.level, found.text) == ("fault", "/dev/video0 is busy: cheese (process 77)")
    (root / "proc/77/cgroup").write_text("0::/system.slice/emotion-kiosk.service\n")
    (found,) = eyes.camera(examination)
    assert (found.level, found.text) == ("ok", "/dev/video0, read by the kiosk")


def test_no_camera(case: Callable) -> None:
    (found,) = eyes.camera(case({"dev/video3": ""}))
    assert (found.level, "/dev/video3" in found.text) == ("fault", True)
    assert levels(eyes.camera(case(camera="nowhere.mp4"))) == [("camera", "fault")]
    assert levels(eyes.camera(case(camera="picamera2"))) == [("camera", "fault")]
    missing = Output(1, "", "Traceback ...\nModuleNotFoundError: No module named 'picamera2'\n")
    (found,) = eyes.camera(case(PI, {"probe": lambda *words: missing}, camera="picamera2"))
    assert found.cure == "sudo apt install python3-picamera2"
    none = Output(0, '{"cameras": []}', "")
    (found,) = eyes.camera(case(PI, {"probe": lambda *words: none}, camera="picamera2"))
    assert "ribbon cable" in found.cure
    one = Output(0, '{"cameras": ["imx708"]}', "")
    (found,) = eyes.camera(case(PI, {"probe": lambda *words: one}, camera="picamera2:0"))
    assert (found.level, found.text) == ("ok", "imx708 at connector 0")


def test_the_screen(case: Callable) -> None:
    assert levels(eyes.screen(case())) == [("screen", "none")]
    assert levels(eyes.screen(case(display=("fb",)))) == [("screen", "warning")]
    plugged = case({"sys/class/drm/card1-HDMI-A-1/status": "connected\n"}, display=("auto",))
    assert [item.text for item in eyes.screen(plugged)] == ["plugged in: card1-HDMI-A-1"]


def test_a_framebuffer(case: Callable) -> None:
    for display in ("fb", "/dev/fb0", "/dev/fb1"):
        (found,) = eyes.screen(case(display=(display,)))
        device = "/dev/fb0" if display == "fb" else display
        assert (found.level, found.text) == ("warning", f"no {device}")
    examination = case({"dev/fb1": ""}, display=("auto", "/dev/fb1"))
    assert [item.text for item in eyes.screen(examination)] == ["/dev/fb1"]


def test_what_crashes_or_hangs_is_a_finding(case: Callable) -> None:
    for name in ("SIGSEGV", "SIGILL"):
        program = f"import os, signal; os.kill(os.getpid(), signal.{name})"
        parts = {"probe": lambda *words, p=program: call([sys.executable, "-c", p])}
        (found,) = programs.interpreter(case(parts=parts))
        assert (found.level, name in found.text) == ("fault", True)
    parts = {"probe": lambda *words: call(["sleep", "30"], 0.2)}
    (found,) = programs.opencv(case(parts=parts))
    assert (found.level, "not done after 0.2 s" in found.text) == ("fault", True)


def test_a_numpy_of_another_abi(case: Callable, tmp_path: Path) -> None:
    """An OpenCV that fails as one built for NumPy 1 does under NumPy 2."""
    (tmp_path / "cv2.py").write_text("raise ImportError('numpy.core.multiarray failed to import')\n")
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from device.doctor import probe; probe.opencv()"
    parts = {"probe": lambda *words: call([sys.executable, "-c", program], environment=child.environment())}
    (found,) = programs.opencv(case(parts=parts))
    assert (found.check, found.level) == ("numpy", "fault")
    assert "numpy<2" in found.cure


def test_the_real_parts_go_together(case: Callable) -> None:
    assert levels(programs.opencv(case())) == [("numpy", "ok"), ("opencv", "ok")]
    assert levels(programs.interpreter(case())) == [("interpreter", "ok")]
    (found,) = programs.interpreter(case(model=str(ROOT / "README.md")))
    assert found.level == "fault"


def test_a_check_that_fails_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(case: Examination) -> list[Finding]:
        raise ZeroDivisionError("a reason")

    monkeypatch.setattr(doctor, "CHECKS", (broken,))
    found = doctor.examine(Host(root=tmp_path))[-1]
    assert (found.check, found.level) == ("broken", "warning")
    assert "a reason" in found.text


def test_unusable_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "CHECKS", ())
    (tmp_path / "etc/emotion-kiosk").mkdir(parents=True)
    (tmp_path / "etc/emotion-kiosk/config.toml").write_text('widht = 640\nmodel = "active"\n')
    found = doctor.examine(Host(root=tmp_path))[-1]
    assert (found.check, found.level, "width" in found.text) == ("settings", "fault", True)


def test_of_unusable_settings_the_good_ones_are_looked_after(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_text(
        'camera = "picamera2"\ndisplay = "fb"\nthreads = "many"\nhot_celsius = 300\nrate = \nmodel = "small"\n'
    )
    settings, found = config_check.read(Host(root=Path("/")), file)
    assert [(item.level, item.text.split(": ")[0]) for item in found] == [
        ("fault", f"{file} line {line}") for line in (3, 4, 5)
    ]
    assert settings == Settings(camera="picamera2", display=("fb",), model="small")


def test_this_machine(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'camera = "{ROOT}/tests/media/drawn_faces.mp4"\n')
    result = run_command("device", "doctor", "--json", "--config", config)
    said = json.loads(result.stdout)
    assert result.returncode == (3 if said["counts"]["fault"] else 0), result.stderr
    assert "Traceback" not in result.stderr
    found = {item["check"]: item["level"] for item in said["findings"]}
    assert {found[name] for name in ("settings", "python", "numpy", "opencv", "interpreter", "model", "camera")} == {
        "ok"
    }
    assert {"groups", "disk", "writable", "temperature", "power", "clock", "service", "screen"} <= found.keys()
    config.write_text('camera = "gone.mp4"\n')
    result = run_command("device", "doctor", "--config", config)
    assert result.returncode == 3
    assert "gone.mp4" in result.stdout
    assert "\033[" not in result.stdout


def test_colours_are_for_terminals(tmp_path: Path) -> None:
    terminal, other = pty.openpty()
    program = "from device.doctor.finding import Finding, show; show([Finding('x', 'fault', 'broken', 'mend it')])"
    environment = child.environment()
    environment.pop("NO_COLOR", None)
    subprocess.run([sys.executable, "-c", program], stdout=other, env=environment, check=True, timeout=60)
    os.close(other)
    text = os.read(terminal, 4096).decode()
    os.close(terminal)
    assert "\033[31mfault" in text
    assert "Cure: mend it" in text


def test_a_narrow_table_wraps() -> None:
    long = Finding("camera", "fault", "words " * 20, "cure " * 20)
    lines = finding.as_table([long], 60, colour=False).splitlines()
    assert len(lines) > 4
    assert max(map(len, lines)) <= 60


def test_the_doctor_itself_loads_nothing_that_could_crash() -> None:
    program = (
        "import sys; from device import doctor; from device.doctor.host import Host; doctor.examine(Host())\n"
        "strangers = {'cv2', 'numpy', 'ai_edge_litert', 'tflite_runtime', 'pygame', 'picamera2'} & set(sys.modules)\n"
        "sys.exit(str(strangers) if strangers else 0)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, env=child.environment(), timeout=120)


def test_a_network_camera(case: Callable) -> None:
    with serving("http", Behaviour()) as place, serving("http", Behaviour("a:b")) as closed:
        assert levels(eyes.camera(case(camera=f"http://{place}/a"))) == [("camera", "ok")]
        (found,) = eyes.camera(case(camera=f"http://{closed}/a"))
        assert (found.level, "camera_login" in found.cure) == ("fault", True)
        (found, _) = eyes.camera(case(camera=f"http://u:secret@{place}/a"))
        assert (found.level, "secret" in str(found)) == ("warning", False)
        unit = "etc/systemd/system/emotion-kiosk.service"
        (found, _) = eyes.camera(case({unit: ""}, camera=f"http://{place}/a"))
        assert (found.level, "network-camera.conf" in found.cure) == ("fault", True)
        drop_in = {f"{unit}.d/network-camera.conf": (ROOT / "systemd" / "network-camera.conf").read_text()}
        assert levels(eyes.camera(case(drop_in, camera=f"http://{place}/a"))) == [("camera", "ok")]
    assert levels(eyes.camera(case(camera=f"http://{place}/a"))) == [("camera", "fault")]
