"""A user and a password, from a file of one line, so that they stand in no settings, log or process list."""

from pathlib import Path

from device.errors import UsageError


def read(path: Path) -> tuple[str, str]:
    """(user, password) of a file that holds `user:password`.

    Raises:
        UsageError: it cannot be read, or holds something else; what it holds is not said.
    """
    cure = "one line, user:password, readable by the kiosk's user alone"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); it holds {cure}") from error
    except ValueError as error:
        raise UsageError(f"{path}: is no text; it holds {cure}") from error
    user, colon, password = lines[0].partition(":") if len(lines) == 1 else ("", "", "")
    if not user or not colon:
        raise UsageError(f"{path}: holds no login; write {cure}")
    return user, password
