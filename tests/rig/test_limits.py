"""What only a kernel of its own shows of the unit: `script/test --rig tests/rig/test_limits.py`, as root.

Memory and tasks that end where the unit says, and a camera of Video4Linux (vivid, the kernel's own for tests) that is
read by the service's user through the unit's devices. Where the processor is emulated it takes half an hour.
"""

import pytest

from tests.rig.booted import UNIT
from tests.rig.conftest import CAMERA
from tests.rig.installation import PYTHON
from tests.rig.vm import VirtualMachine

pytestmark = [pytest.mark.rig, pytest.mark.timeout(3600)]

PATIENCE = 600.0  # seconds, where the processor is emulated
# The kiosk, in which a thread does something that it should not, once somebody makes /srv/now.
GREEDY = """
import runpy, sys, threading, time
from pathlib import Path

def take():
    while not Path("/srv/now").exists():
        time.sleep(0.5)
    kept = []
    while True:
        {what}

threading.Thread(target=take, daemon=True).start()
sys.argv = ["device", "run", "--config", "/etc/emotion-kiosk/config.toml"]
runpy.run_module("device", run_name="__main__")
"""
MEMORY = "kept.append(b'x' * 4_000_000); time.sleep(0.01)"
TASKS = (
    "thread = threading.Thread(target=time.sleep, args=(60,), daemon=True)\n"
    "        try:\n            thread.start()\n"
    "        except RuntimeError as error:\n            print(f'refused: {error}', flush=True); time.sleep(60)"
)


def start_greedy(machine: VirtualMachine, what: str) -> int:
    """Returns its process, which reads."""
    machine.run("rm", "-f", "/srv/now")
    machine.write("/srv/greedy.py", GREEDY.replace("{what}", what))
    machine.write(f"/etc/systemd/system/{UNIT}.d/rig.conf", f"[Service]\nExecStart=\nExecStart={PYTHON} /srv/greedy.py")
    machine.set(CAMERA)
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "start", UNIT).check_returncode()
    machine.wait_until(lambda: is_reading(machine), PATIENCE)
    return int(machine.shows("MainPID"))


def is_reading(machine: VirtualMachine) -> bool:
    return machine.shows("ActiveState") == "active" and machine.shows("StatusText").startswith("reading: ")


def test_one_that_eats_memory_is_ended_and_comes_back(machine: VirtualMachine) -> None:
    pid = start_greedy(machine, MEMORY)
    most = int(machine.shows("MemoryMax"))
    assert most == 512 * 1024 * 1024
    machine.run("touch", "/srv/now")
    machine.wait_until(lambda: machine.shows("NRestarts") == "1", PATIENCE)
    machine.run("rm", "/srv/now")
    said = machine.journal()
    assert "Failed with result 'oom-kill'" in said
    assert "killed by the OOM killer" in said
    machine.wait_until(lambda: is_reading(machine) and int(machine.shows("MainPID")) != pid, PATIENCE)
    assert machine.shows("MemoryCurrent").isdecimal()
    assert int(machine.shows("MemoryCurrent")) < most / 2


def test_one_that_makes_tasks_is_refused_more(machine: VirtualMachine) -> None:
    pid = start_greedy(machine, TASKS)
    machine.run("touch", "/srv/now")
    machine.wait_until(lambda: "refused: can't start new thread" in machine.journal(), PATIENCE)
    assert machine.shows("TasksCurrent") == machine.shows("TasksMax") == "64"
    machine.wait_until(lambda: is_reading(machine), PATIENCE)
    assert int(machine.shows("MainPID")) == pid, "the reading goes on"


def test_a_camera_of_video4linux_is_read(machine: VirtualMachine) -> None:
    machine.run("modprobe", "vivid", "n_devs=1", "node_types=0x1", "num_inputs=1", "input_types=0").check_returncode()
    machine.wait_until(lambda: machine.run("test", "-c", "/dev/video0").returncode == 0, PATIENCE)
    machine.set('camera = "/dev/video0"\nwidth = 320\nheight = 180\nrate = 10.0\nstall_seconds = 60\n')
    machine.run("systemctl", "start", UNIT).check_returncode()
    machine.wait_until(lambda: is_reading(machine), PATIENCE)
    assert "camera /dev/video0" in machine.journal()
    held = machine.run("sh", "-c", f"readlink /proc/{machine.shows('MainPID')}/fd/*").stdout
    assert "/dev/video0" in held
    user = machine.run("ps", "-o", "user:20=", "-p", machine.shows("MainPID")).stdout.strip()
    assert user == "emotion-kiosk"
