"""The service's user, the one folder that they may write, and who may activate models."""

import grp
import os
import pwd
import re

from installer.layout import NAME, Layout
from installer.step import InstallError, Step, call, write

GROUPS = ("video", "render")  # of cameras and screens


def steps() -> list[Step]:
    """The user and their groups, where they lack."""
    try:
        pwd.getpwnam(NAME)
    except KeyError:
        return [Step(f"add the system user {NAME} to {' and '.join(_there())}", _add)]
    missing = [group for group in _there() if NAME not in grp.getgrnam(group).gr_mem]
    return [Step(f"add the user {NAME} to {', '.join(missing)}", lambda: _join(missing))] if missing else []


def log_steps(layout: Layout) -> list[Step]:
    """The folder for events, which systemd makes at the service's start (LogsDirectory=): too late for the check of a
    new version, which runs with settings that may name it.
    """
    return [] if layout.logs.is_dir() else [Step(f"make {layout.logs} for events", lambda: _make_logs(layout))]


def deploy_steps(layout: Layout, user: str) -> list[Step]:
    """One line in sudoers: `user` may activate a model release, and nothing else, as root.

    Raises:
        InstallError: no such user.
    """
    if not re.fullmatch(r"[a-z_][a-z0-9_-]*", user):
        raise InstallError(f"--deploy-user {user!r} is no user name")
    try:
        pwd.getpwnam(user)
    except KeyError:
        raise InstallError(f"--deploy-user {user}: no such user here: sudo adduser {user}") from None
    line = f"{user} ALL=(root) NOPASSWD: {layout.current}/venv/bin/python -P -m device activate *\n".encode()
    if layout.sudoers.is_file() and layout.sudoers.read_bytes() == line:
        return []
    return [Step(f"let {user} activate models as root ({layout.sudoers})", lambda: _allow(layout, line))]


def remove() -> None:
    try:
        pwd.getpwnam(NAME)
    except KeyError:
        return
    call(["userdel", NAME], f"end what runs as {NAME}: sudo pkill -u {NAME}, then run this again")


def _add() -> None:
    words = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    groups = ["--groups", ",".join(_there())] if _there() else []
    call([*words, *groups, "--shell", "/usr/sbin/nologin", NAME], "is /etc writable?")


def _make_logs(layout: Layout) -> None:
    user = pwd.getpwnam(NAME)
    layout.logs.mkdir(mode=0o750, parents=True, exist_ok=True)
    os.chown(layout.logs, user.pw_uid, user.pw_gid)


def _join(groups: list[str]) -> None:
    for group in groups:
        call(["usermod", "--append", "--groups", group, NAME], "is /etc writable?")


def _allow(layout: Layout, line: bytes) -> None:
    # A name with a dot is left out by sudo, so that a broken file harms nobody while it is checked.
    candidate = layout.sudoers.with_name(f"{NAME}.new")
    write(candidate, line, mode=0o440)
    try:
        call(["visudo", "-c", "-q", "-f", candidate], "sudo apt install sudo")
        candidate.replace(layout.sudoers)
    finally:
        candidate.unlink(missing_ok=True)


def _there() -> list[str]:
    names = {group.gr_name for group in grp.getgrall()}
    return [group for group in GROUPS if group in names]
