"""What comes from the system's own archive: OpenCV, NumPy, the camera."""

from installer.step import InstallError, Step, call

NEEDED = ("python3-venv", "python3-numpy", "python3-opencv", "opencv-data")
# In the Pi's own archive only. Elsewhere a webcam does without.
CAMERA = ("python3-picamera2", "libcamera-ipa")
_CURE = "is the network there (ping deb.debian.org)? then run this again"


def steps() -> list[Step]:
    """Packages that are missing, as one step; none where all are there."""
    missing = [name for name in (*NEEDED, *CAMERA) if not _installed(name)]
    if not any(name in NEEDED for name in missing) and not (CAMERA[0] in missing and _candidate(CAMERA[0])):
        return []
    wanted = ", ".join(missing)
    return [Step(f"install from apt, where the archive has it: {wanted}", lambda: _install(missing))]


def _install(missing: list[str]) -> str | None:
    call(["dpkg", "--configure", "-a"], _CURE)  # what an installation left that was broken off
    call(["apt-get", "update", "-q"], _CURE)
    there = [name for name in missing if _candidate(name)]
    lacking = [name for name in NEEDED if name in missing and name not in there]
    if lacking:
        raise InstallError(f"apt does not know {', '.join(lacking)}: are Debian's lines in /etc/apt/sources.list*?")
    if CAMERA[0] in missing and CAMERA[0] not in there:
        there = [name for name in there if name not in CAMERA]  # libcamera alone is of no use
    call(
        ["apt-get", "install", "-q", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300", *there],
        _CURE, show=True, environment={"DEBIAN_FRONTEND": "noninteractive"},
    )  # fmt: skip
    if CAMERA[0] in missing and CAMERA[0] not in there:
        return f"this archive has no {CAMERA[0]} (only Raspberry Pi OS has): webcams work, the Pi's own camera does not"
    return None


def _installed(name: str) -> bool:
    try:
        return call(["dpkg-query", "-W", "-f", "${db:Status-Status}", name], "") == "installed"
    except InstallError:
        return False


def _candidate(name: str) -> bool:
    """Whether the archive, as apt knows it now, has the package."""
    return "Candidate: " in (said := call(["apt-cache", "policy", name], _CURE)) and "Candidate: (none)" not in said
