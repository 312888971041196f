"""May the service's user reach cameras and screens?"""

from collections.abc import Iterator

from device.doctor.examination import Examination
from device.doctor.finding import Finding

_DEVICES = ("video*", "media*", "dma_heap/*", "dri/card*", "dri/renderD*", "fb*", "vchiq", "v4l-subdev*")
_GROUPS = ("video", "render")


def groups(case: Examination) -> Iterator[Finding]:
    """The groups of the kiosk's user: whether those that cameras and screens belong to are among them."""
    user = case.user()
    if user == "root":
        yield Finding("groups", "none", "root reaches every device")
        return
    there, own = {row[0] for row in case.accounts("group")}, case.groups(user)
    missing = [name for name in _GROUPS if name in there and name not in own]
    if missing:
        cure = f"sudo usermod -aG {','.join(missing)} {user}, then start the kiosk again"
        yield Finding("groups", "fault", f"{user} is not in {' and '.join(missing)}", cure)
    else:
        names = [name for name in _GROUPS if name in there]
        yield Finding("groups", "ok", f"{user} is in {' and '.join(names) or 'no group that devices belong to'}")


def devices(case: Examination) -> Iterator[Finding]:
    """The device files of cameras and screens: whether the kiosk's user may read and write each."""
    user = case.user()
    found = [path for pattern in _DEVICES for path in case.host.glob(f"dev/{pattern}") if not path.is_dir()]
    if user == "root" or not found:
        yield Finding("devices", "none", "root reaches every device" if found else "no camera and no screen is there")
        return
    number = next((row[2] for row in case.accounts("passwd") if row[0] == user), "")
    numbers = case.groups(user).values()
    closed = []
    for path in found:
        facts = path.stat()
        rights = facts.st_mode & 0o006
        rights |= (facts.st_mode >> 3) & 0o006 if str(facts.st_gid) in numbers else 0
        rights |= (facts.st_mode >> 6) & 0o006 if str(facts.st_uid) == number else 0
        if rights != 0o006:
            closed.append(case.host.name(path))
    if closed:
        cure = f"ls -l {closed[0]} names its group: sudo usermod -aG GROUP {user}; udev's rules may be damaged"
        yield Finding("devices", "fault", f"{user} may not read and write {', '.join(closed)}", cure)
    else:
        yield Finding("devices", "ok", f"{user} may read and write all {len(found)}")
