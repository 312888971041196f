"""The installer in bare Debians of both releases, under their own booted systemd: `script/test --rig`, as root.
The last test is the same for a 64-bit Arm, emulated, where no systemd runs (half an hour).

The tests of a release are one story, told in their order: each goes on from what the one before has left. The Pi's own
archive is not here: a package of the name python3-picamera2, with nothing in it, stands for the real one.
"""

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.rig import debian
from tests.rig.bare import bare, project_copy
from tests.rig.container import Container

pytestmark = [pytest.mark.rig, pytest.mark.timeout(1800)]

OPT, UNIT = "/opt/emotion-kiosk", "emotion-kiosk.service"
SETTINGS = "/etc/emotion-kiosk/config.toml"
# A recording plays the camera; what stands here is the user's.
OWN = 'camera = "mock:/srv/faces.mp4"\nloop = true\n'
INSTALL = "/project/systemd/install"
# Everything of the installation, with what tells whether it was touched.
EVERYTHING = (
    "find /opt /etc/emotion-kiosk /etc/sudoers.d /usr/local /var/lib/emotion-kiosk /etc/systemd/system /etc/passwd "
    "/etc/group -printf '%p %l %m %U %G %s %T@\\n' | sort"
)
NAMED = "find / -xdev -not -path '/proc/*' -not -path '/sys/*' -name '*emotion*' -o -name '*kiosk*' -xdev | sort"


class Kiosk:
    """A booted Debian with the kiosk installed, and the copy of the project that it was installed from."""

    def __init__(self, release: str, inside: Container, project: Path):
        self.release, self.inside, self.project = release, inside, project
        self.first = self.install("--yes")

    def install(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.inside.run(INSTALL, *words)

    def read(self, *words: str) -> str:
        result = self.inside.run(*words)
        assert result.returncode == 0, (words, result.stdout[-2000:], result.stderr[-2000:])
        return result.stdout.strip()

    def version(self, link: str = "current") -> str:
        return self.read("readlink", f"{OPT}/{link}").removeprefix("versions/")

    def unit(self, name: str) -> str:
        return self.inside.shows(name, UNIT)

    def change(self, file: str, text: str) -> None:
        """Add a line to a file of the project."""
        with (self.project / file).open("a") as out:
            out.write(text)

    @contextmanager
    def changed(self, file: str, text: str) -> Iterator[None]:
        """The project with a line more in a file, for a while."""
        path = self.project / file
        before = path.read_bytes()
        self.change(file, text)
        try:
            yield
        finally:
            path.write_bytes(before)


@pytest.fixture(scope="module", params=["bookworm", "trixie"])
def kiosk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kiosk]:
    base = bare(request.param)
    folder = tmp_path_factory.mktemp(request.param)
    project = project_copy(folder / "project")
    with Container(base, folder / "container", f"--bind-ro={project}:/project") as inside:
        (inside.root / "etc/emotion-kiosk").mkdir()
        (inside.root / SETTINGS[1:]).write_text(OWN)
        shutil.copy(project / "tests/media/drawn_faces.mp4", inside.root / "srv/faces.mp4")
        inside.boot()
        yield Kiosk(request.param, inside, project)


def test_the_first_installation_says_what_it_does_and_ends_in_a_kiosk_that_reads(kiosk: Kiosk) -> None:
    result = kiosk.first
    assert result.returncode in (0, 3), (result.stdout[-3000:], result.stderr[-3000:])
    plan, _, rest = result.stdout.partition("[1/")
    assert plan.startswith("This will\n  - install from apt")
    assert "python3-picamera2" in plan
    assert "What doctor says" in rest
    assert not re.findall(r"^fault .*(?:python|numpy|opencv|interpreter|model|groups|service)", rest, re.MULTILINE)
    assert (kiosk.unit("ActiveState"), kiosk.unit("SubState")) == ("active", "running")
    assert kiosk.unit("FragmentPath") == f"/usr/local/lib/systemd/system/{UNIT}"
    assert kiosk.read("systemctl", "is-enabled", UNIT) == "enabled"
    assert kiosk.unit("User") == "emotion-kiosk"


def test_what_is_installed_fits_the_release(kiosk: Kiosk) -> None:
    interpreter, numpy = {"bookworm": ("tflite-runtime", "1."), "trixie": ("ai-edge-litert", "2.")}[kiosk.release]
    said = kiosk.read(f"{OPT}/current/venv/bin/python", "-m", "pip", "list", "--disable-pip-version-check")
    assert interpreter in said.replace("_", "-")
    found = kiosk.read(f"{OPT}/current/venv/bin/python", "-c", "import numpy; print(numpy.__version__, numpy.__file__)")
    assert found.startswith(numpy)
    assert "/usr/lib/python3/dist-packages" in found
    drop_ins = kiosk.read("find", "/usr/local/lib/systemd/system", "-name", "*.conf")
    assert ("since-257.conf" in drop_ins) == (kiosk.release == "trixie")
    assert kiosk.inside.run("systemd-analyze", "verify", f"/usr/local/lib/systemd/system/{UNIT}").stderr == ""


def test_all_of_it_is_roots(kiosk: Kiosk) -> None:
    roots = [OPT, "/etc/emotion-kiosk", "/var/lib/emotion-kiosk", "/usr/local/lib/systemd", "/usr/local/bin"]
    assert kiosk.read("find", *roots, "!", "-user", "root", "-o", "-perm", "/022", "!", "-type", "l") == ""
    assert "video" in kiosk.read("id", "-nG", "emotion-kiosk").split()


def test_a_second_installation_changes_nothing(kiosk: Kiosk) -> None:
    before, process = kiosk.read("sh", "-c", EVERYTHING), kiosk.unit("MainPID")
    result = kiosk.install("--yes")
    assert "Nothing to do" in result.stdout
    assert kiosk.read("sh", "-c", EVERYTHING) == before
    assert kiosk.unit("MainPID") == process


def test_a_dry_run_changes_nothing(kiosk: Kiosk) -> None:
    before = kiosk.read("sh", "-c", EVERYTHING)
    for words in (["--uninstall"], ["--deploy-user", "nobody"]):
        result = kiosk.install("--dry-run", *words)
        assert result.returncode == 0, result.stderr
        assert "This will" in result.stdout
    assert kiosk.install("--rollback", "--dry-run").returncode == 2  # there is no former version yet
    assert kiosk.read("sh", "-c", EVERYTHING) == before


def test_nobody_is_asked_where_nobody_is(kiosk: Kiosk) -> None:
    result = kiosk.install("--uninstall")
    assert result.returncode == 1
    assert "--yes" in result.stderr
    assert kiosk.unit("ActiveState") == "active"


def test_an_upgrade_keeps_the_settings_and_the_former_version(kiosk: Kiosk) -> None:
    former = kiosk.version()
    kiosk.change("device/errors.py", "\n# another version\n")
    kiosk.change("systemd/config.toml", "\n# another default\n")
    result = kiosk.install("--yes")
    assert result.returncode in (0, 3), result.stderr
    assert kiosk.version() != former
    assert kiosk.version("previous") == former
    assert kiosk.read("cat", SETTINGS) == OWN.strip()
    assert kiosk.read("cat", f"{SETTINGS}.new").endswith("# another default")
    assert "note: new settings are described in" in result.stdout
    assert kiosk.unit("ActiveState") == "active"
    kiosk.inside.run("rm", f"{SETTINGS}.new")
    assert "Nothing to do" in kiosk.install("--yes").stdout


def test_one_word_goes_back_and_the_same_comes_again(kiosk: Kiosk) -> None:
    new, old = kiosk.version(), kiosk.version("previous")
    for now, other in ((old, new), (new, old)):
        process = kiosk.unit("MainPID")
        # From the installed version itself: nobody has to keep what it was unpacked from.
        result = kiosk.inside.run(f"{OPT}/current/systemd/install", "--rollback", "--yes")
        assert result.returncode in (0, 3), result.stderr
        assert (kiosk.version(), kiosk.version("previous")) == (now, other)
        assert kiosk.unit("ActiveState") == "active"
        assert kiosk.unit("MainPID") != process


def test_a_version_whose_model_is_cut_off_never_runs(kiosk: Kiosk) -> None:
    version, process = kiosk.version(), kiosk.unit("MainPID")
    model = kiosk.project / "device/models/default/emotion.tflite"
    whole = model.read_bytes()
    model.write_bytes(whole[:-1000])
    result = kiosk.install("--yes")
    model.write_bytes(whole)
    assert result.returncode == 1
    assert "emotion.tflite" in result.stderr
    assert "what ran before still runs" in result.stderr
    assert (kiosk.version(), kiosk.unit("MainPID"), kiosk.unit("ActiveState")) == (version, process, "active")


def test_a_version_that_fails_under_systemd_alone_gives_way_to_the_former(kiosk: Kiosk) -> None:
    version, before = kiosk.version(), kiosk.version("previous")
    fault = "\nimport os\nif 'INVOCATION_ID' in os.environ and os.getppid() == 1: raise SystemExit('broken')\n"
    with kiosk.changed("device/settings/settings.py", fault):
        result = kiosk.install("--yes")
    assert result.returncode == 1, result.stdout
    assert f"{version} runs again" in result.stderr
    assert (kiosk.version(), kiosk.version("previous")) == (version, before)
    assert (kiosk.unit("ActiveState"), kiosk.read("ls", f"{OPT}/versions").split()) == (
        "active",
        sorted([version, before]),
    )


def test_settings_that_the_new_version_cannot_use_keep_it_from_running(kiosk: Kiosk) -> None:
    version = kiosk.version()
    kiosk.inside.run("sh", "-c", f"echo 'widht = 640' >> {SETTINGS}")
    with kiosk.changed("device/errors.py", "\n# yet another\n"):
        result = kiosk.install("--yes")
    kiosk.inside.run("sed", "-i", "/widht/d", SETTINGS)
    assert result.returncode == 1
    assert "widht" in result.stderr
    assert (kiosk.version(), kiosk.unit("ActiveState")) == (version, "active")


def test_without_a_network_the_former_version_runs_on(kiosk: Kiosk) -> None:
    version = kiosk.version()
    with kiosk.changed("device/errors.py", "\n# unreachable\n"):
        result = kiosk.inside.run("unshare", "--net", INSTALL, "--yes")
    assert result.returncode == 1
    assert "is the network there" in result.stderr
    assert (kiosk.version(), kiosk.unit("ActiveState")) == (version, "active")


@pytest.mark.parametrize(("megabytes", "why"), [(100, "MB free, 300 are needed"), (310, "not full")])
def test_on_a_full_disk_the_former_version_runs_on(kiosk: Kiosk, megabytes: int, why: str) -> None:
    version = kiosk.version()
    with kiosk.changed("device/errors.py", "\n# too large\n"):
        (name,) = re.findall(r"build version (\S+)", kiosk.install("--dry-run").stdout)
        place = f"{OPT}/versions/{name}"
        kiosk.read("mkdir", "-p", place)
        kiosk.read("mount", "-t", "tmpfs", "-o", f"size={megabytes * 10**6 // 4096 * 4096}", "tmpfs", place)
        # Takes all room once the check of it has passed.
        fill = f"while [ ! -e {place}/venv/bin/python ]; do sleep 0.02; done; cat /dev/zero > {place}/filler"
        filler = kiosk.inside.start("sh", "-c", fill)
        result = kiosk.install("--yes")
        kiosk.inside.run("pkill", "-9", "-f", "/filler")  # `kill` would end what leads inside, and leave it there
        filler.communicate()
        kiosk.read("umount", "-l", place)
    assert result.returncode == 1, result.stdout
    assert why in result.stderr
    assert (kiosk.version(), kiosk.unit("ActiveState")) == (version, "active")


@pytest.mark.parametrize("seconds", [0.4, 1.5, 3.0, 4.5, 6.0])
def test_an_installation_killed_at_any_time_leaves_the_kiosk_reading(kiosk: Kiosk, seconds: float) -> None:
    version = kiosk.version()
    with kiosk.changed("device/errors.py", f"\n# killed after {seconds}\n"):
        installation = kiosk.inside.start("setsid", INSTALL, "--yes")
        time.sleep(seconds)
        kiosk.inside.run("pkill", "-9", "-f", "systemd/install|ensurepip|pip install")
        installation.communicate()
        assert kiosk.unit("ActiveState") in ("active", "activating")
        assert (
            kiosk.inside.run(f"{OPT}/current/venv/bin/python", "-P", "-m", "device", "run", "--check").returncode == 0
        )
        result = kiosk.install("--yes")  # goes on where it was
    assert result.returncode in (0, 3), result.stderr
    assert (kiosk.version() != version, kiosk.unit("ActiveState")) == (True, "active")
    assert len(kiosk.read("ls", f"{OPT}/versions").split()) == 2


def test_a_user_may_deploy_and_nothing_else(kiosk: Kiosk) -> None:
    kiosk.read("useradd", "-m", "ann")
    assert kiosk.install("--yes", "--deploy-user", "no body").returncode == 2
    assert kiosk.install("--yes", "--deploy-user", "nosuch").returncode == 2
    result = kiosk.install("--yes", "--deploy-user", "ann")
    assert result.returncode in (0, 3), result.stderr
    assert "parsed OK" in kiosk.read("visudo", "-c")
    python = f"{OPT}/current/venv/bin/python"

    def as_ann(*words: str) -> subprocess.CompletedProcess[str]:
        return kiosk.inside.run("setpriv", "--reuid=ann", "--regid=ann", "--init-groups", "sudo", "-n", *words)

    assert "password is required" not in as_ann(python, "-P", "-m", "device", "activate", "/nowhere").stderr
    for words in ([python, "-c", "print(1)"], [python, "-P", "-m", "device", "doctor"], ["/bin/sh"]):
        assert "password is required" in as_ann(*words).stderr


def test_what_is_to_be_kept_is_all_that_stays(kiosk: Kiosk) -> None:
    kiosk.read("install", "-D", "/dev/null", "/var/lib/emotion-kiosk/releases/abc/emotion.tflite")
    result = kiosk.install("--uninstall", "--yes", "--keep-settings", "--keep-releases")
    assert result.returncode == 0, result.stderr
    assert kiosk.read("find", "/etc/emotion-kiosk", "-type", "f") == SETTINGS
    assert kiosk.read("cat", SETTINGS) == OWN.strip()
    files = kiosk.read("find", "/var/lib/emotion-kiosk", "-type", "f")
    assert files == "/var/lib/emotion-kiosk/releases/abc/emotion.tflite"
    left = {line for line in kiosk.read("sh", "-c", NAMED).splitlines() if not line.endswith("/emotion.tflite")}
    assert left == {"/etc/emotion-kiosk", "/var/lib/emotion-kiosk"}
    assert kiosk.inside.run("id", "emotion-kiosk").returncode != 0


def test_nothing_stays(kiosk: Kiosk) -> None:
    assert kiosk.install("--yes").returncode in (0, 3)  # over what was kept
    assert kiosk.unit("ActiveState") == "active"
    result = kiosk.install("--uninstall", "--yes")
    assert result.returncode == 0, result.stderr
    assert kiosk.read("sh", "-c", NAMED) == ""
    assert kiosk.inside.run("grep", "-r", "emotion-kiosk", "/etc/passwd", "/etc/group", "/etc/shadow").stdout == ""
    assert kiosk.unit("LoadState") == "not-found"
    assert kiosk.read("systemctl", "--failed", "--plain", "--no-legend") == ""


@pytest.mark.timeout(7200)
def test_an_arm_without_a_running_systemd_starts_the_kiosk_at_its_next_boot(tmp_path: Path) -> None:
    base = bare("trixie", "arm64")
    project = project_copy(tmp_path / "project")
    with debian.layer_over(base, tmp_path / "arm") as root:

        def run(*words: str) -> subprocess.CompletedProcess[str]:
            return debian.run_in(root, words, [(project, "project")], timeout=3600)

        result = run(INSTALL, "--yes")
        assert result.returncode in (0, 3), (result.stdout[-3000:], result.stderr[-3000:])
        assert "start at the next boot" in result.stdout
        assert not re.findall(r"^fault .*(?:python|numpy|opencv|interpreter|model|groups)", result.stdout, re.MULTILINE)
        wanted = root / f"etc/systemd/system/multi-user.target.wants/{UNIT}"
        assert wanted.readlink() == Path(f"/usr/local/lib/systemd/system/{UNIT}")
        said = run(f"{OPT}/current/venv/bin/python", "-c", "import platform; print(platform.machine())")
        assert said.stdout.strip() == "aarch64"
        assert "Nothing to do" in run(INSTALL, "--yes").stdout
        assert run(INSTALL, "--uninstall", "--yes").returncode == 0
        assert run("sh", "-c", NAMED).stdout == ""
