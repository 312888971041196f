"""`python -m device.releases.guard`: run by systemd as root before each start of the kiosk."""

import sys

from device.releases import probation
from device.releases.store import Store


def main() -> int:
    """Count a start, or go back to the last good release; a kiosk without a state folder needs neither."""
    store = Store()
    if not store.folder.is_dir():
        return 0
    try:
        said = probation.count_start(store)
    except OSError as error:
        print(f"warning: the releases' guard could not work: {error}", file=sys.stderr)
        return 1
    if said:
        print(said, file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
