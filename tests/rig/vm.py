"""A Debian that is really booted, in a virtual machine: a kernel, a screen and memory of its own."""

import functools
import shlex
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

import cv2
import numpy as np
import pytest

from tests import needs
from tests.conftest import ROOT
from tests.rig import debian
from tests.rig.booted import UNIT, Booted
from tests.rig.installation import SETTINGS, VERSION, install
from tests.rig.qmp import Monitor

SCREEN = (640, 360)  # pixels; of another shape than a camera's picture
# Of Python and OpenCV what systemd/install takes from apt; linux-image-cloud-* would know no screens.
PACKAGES = (
    "systemd systemd-sysv dbus udev kmod procps openssh-server sudo iproute2 ca-certificates linux-image-amd64 "
    "python3 python3-venv python3-numpy python3-opencv opencv-data"
)
# What builds it, starts it and reaches it, and their packages.
_PROGRAMS = {"qemu-system-x86_64": "qemu-system-x86", "mke2fs": "e2fsprogs", "ssh": "openssh-client"}
WHEELS = ("pi-ai-edge-litert", "pi-screen")  # the hashed requirements that it adds
_BOOT_SECONDS = 1500.0  # where the processor is emulated
# Loading a program from a cold disk takes a minute there.
_PATIENCE = f"[Service]\nTimeoutStartSec={_BOOT_SECONDS:.0f}\n"
_NETWORK = "[Match]\nName=e*\n[Network]\nDHCP=ipv4\n"


class VirtualMachine(Booted):
    """The kiosk installed in a machine of its own, which `boot` starts; what it writes goes with it.

    Skips the test where there is no qemu, or the machine never answers; one that answers has to come up.

    Args:
        release: bookworm or trixie.
        folder: new, for its disk.
        settings: the kiosk's.
        files: what else is to lie in it, by path.
    """

    def __init__(self, release: str, folder: Path, settings: str, files: Mapping[str, Path]):
        for program, package in _PROGRAMS.items():
            needs.program(program, apt=package)
        self.release, self.folder, self._settings, self._files = release, folder, settings, files
        self._below = debian.built(f"vm-{release}", release, PACKAGES, _finish)
        self._qemu: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._disk, self._key = self.folder / "disk", self.folder / "key"
        with debian.layer_over(self._below, self.folder / "layer") as root:
            install(root, self.release, self._settings)
            self._let_in(root)
            (root / f"etc/systemd/system/{UNIT}.d/emulated.conf").write_text(_PATIENCE)
            for path, file in self._files.items():
                shutil.copy(file, root / path)
            enable = ["chroot", str(root), "systemctl", "-q", "enable", "emotion-kiosk", "systemd-networkd"]
            subprocess.run(enable, check=True, capture_output=True)
            make = ["mke2fs", "-q", "-t", "ext4", "-d", str(root), str(self._disk), "4G"]
            subprocess.run(make, check=True, capture_output=True)
        return self

    def __exit__(self, *_: object) -> None:
        if self._qemu is not None:
            self.monitor.close()
            self._qemu.kill()
            self._qemu.wait()
        self._disk.unlink()

    def boot(self) -> None:
        """Returns when systemd has started all that it starts."""
        (kernel,), (initrd,) = ((self._below / "boot").glob(f"{name}*") for name in ("vmlinuz", "initrd"))
        monitor, console = self.folder / "monitor", self.folder / "console"
        self._port = _free_port()
        width, height = SCREEN
        # Where the processor is emulated, a driver may take longer to start than udev has patience.
        command = [
            "qemu-system-x86_64", "-accel", "kvm" if _kvm_works(str(kernel)) else "tcg", "-cpu", "max", "-smp", "2",
            "-m", "1536", "-nodefaults", "-display", "none", "-device", f"VGA,edid=on,xres={width},yres={height}",
            "-serial", f"file:{console}", "-qmp", f"unix:{monitor},server=on,wait=off",
            "-drive", f"file={self._disk},format=raw,if=virtio,cache=unsafe",
            "-nic", f"user,model=virtio-net-pci,restrict=on,hostfwd=tcp:127.0.0.1:{self._port}-:22",
            "-kernel", kernel, "-initrd", initrd,
            "-append", "root=/dev/vda rw console=ttyS0 console=tty0 udev.event_timeout=1500",
        ]  # fmt: skip
        self._qemu = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        self.monitor = Monitor(monitor)
        qemu = self._qemu
        self.wait_for_boot(_BOOT_SECONDS, lambda: qemu.poll() is None, console)

    def wait_for_boot(self, seconds: float, alive: Callable[[], bool], console: Path) -> None:
        """Skip where nothing ever answers, for that is this machine's; fail where the kiosk holds up the boot.

        Args:
            alive: whether there is still a machine to wait for.
            console: what the machine wrote there.
        """
        until, answered = time.monotonic() + seconds, ""
        while time.monotonic() < until and alive():
            if (state := self.run("systemctl", "is-system-running").stdout.strip()) in ("running", "degraded"):
                return
            answered = state or answered
            time.sleep(1)
        said = console.read_text(errors="replace")[-500:]
        if answered:
            status = self.run("systemctl", "status", "--no-pager", "-n", "40", UNIT).stdout
            pytest.fail(f"the machine does not come up, it is {answered}:\n{status or said}")
        pytest.skip(f"the machine does not boot: {said}")

    def start(self, *words: object) -> subprocess.Popen[str]:
        options = {"ControlMaster": "auto", "ControlPath": self.folder / "ssh", "ControlPersist": 60,
                   "StrictHostKeyChecking": "no", "UserKnownHostsFile": "/dev/null", "LogLevel": "ERROR",
                   "ConnectTimeout": 60, "BatchMode": "yes"}  # fmt: skip
        command = ["ssh", "-F", "none", "-i", self._key, "-p", self._port,
                   *(f"-o{name}={value}" for name, value in options.items()), "root@127.0.0.1"]  # fmt: skip
        return subprocess.Popen(
            [*map(str, command), shlex.join(map(str, words))],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def write(self, path: str, text: str) -> None:
        self.run("mkdir", "-p", str(Path(path).parent)).check_returncode()
        self.run("sh", "-c", 'printf %s "$1" > "$2"', "sh", text, path).check_returncode()

    def set(self, settings: str) -> None:
        self.write(f"/{SETTINGS}", settings)

    def screen(self) -> np.ndarray:
        """What the screen shows, uint8 [H, W, 3], blue green red."""
        picture = self.folder / "screen.png"
        self.monitor.ask("screendump", filename=str(picture), format="png")
        return cv2.imread(str(picture))

    def _let_in(self, root: Path) -> None:
        """Root, with a key of its own, over a network that leads nowhere else."""
        make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self._key)]
        subprocess.run(make, check=True, stdin=subprocess.DEVNULL)
        (root / "root/.ssh").mkdir(mode=0o700, exist_ok=True)
        shutil.copy(self._key.with_suffix(".pub"), root / "root/.ssh/authorized_keys")
        (root / "etc/systemd/network").mkdir(exist_ok=True)
        (root / "etc/systemd/network/rig.network").write_text(_NETWORK)


def _finish(root: Path) -> None:
    files = [ROOT / f"script/requirements/{name}.txt" for name in WHEELS]
    for file in files:
        shutil.copy(file, root / "srv")
    options = "--no-deps --require-hashes " + " ".join(f"-r /srv/{file.name}" for file in files)
    debian.add_venv(root, f"{VERSION}/venv", options)
    # What this machine needs to find its disk, and no more: unpacking takes its time where it is emulated.
    conf = root / "etc/initramfs-tools"
    (conf / "conf.d/rig").write_text("MODULES=list\n")
    (conf / "modules").write_text("virtio_pci\nvirtio_blk\next4\n")
    debian.run_in(root, ["update-initramfs", "-u"]).check_returncode()


@functools.cache
def _kvm_works(kernel: str) -> bool:
    """Whether a kernel starts under it: some virtual machines have a /dev/kvm for kernels of their own kind only."""
    command = ["qemu-system-x86_64", "-accel", "kvm", "-cpu", "max", "-m", "512", "-nodefaults", "-display", "none",
               "-serial", "stdio", "-no-reboot", "-kernel", kernel, "-append", "console=ttyS0 panic=-1"]  # fmt: skip
    try:
        said = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=20).stdout
    except subprocess.TimeoutExpired as error:
        said = error.stdout or b""
    return b"Kernel panic - not syncing: VFS" in said


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
