"""`systemd/install`: what is asked, what will be done, and the doing."""

import argparse
import fcntl
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from installer import machine, plans
from installer.layout import Layout
from installer.step import InstallError, Step

DESCRIPTION = """Set the emotion kiosk up as a service: Raspberry Pi OS Bookworm and Trixie.

Says what it will do, asks, and does it. Run it again to upgrade, after a break, or to mend: what is there stays.
A new version is built and tried beside the one that runs; only then the service changes over."""

EPILOG = """examples:
  sudo systemd/install                       install, or upgrade to this copy of the project
  sudo systemd/install --rollback            back to the version that ran before
  sudo systemd/install --uninstall --keep-settings

exit status: 0 done; 1 a step failed, what ran before still runs; 2 cannot be done here; 3 done, and doctor found a
fault"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit status."""
    parser = make_parser()
    options = parser.parse_args(arguments)
    if (options.keep_settings or options.keep_releases) and not options.uninstall:
        parser.error("--keep-settings and --keep-releases go with --uninstall")
    if options.deploy_user and (options.uninstall or options.rollback):
        parser.error("--deploy-user goes with an installation")
    if os.geteuid() != 0 and not options.dry_run:
        print("error: only root can install: sudo systemd/install", file=sys.stderr)
        return 2
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    os.umask(0o022)
    return run(options, Layout(), Path(__file__).resolve().parents[2])


def run(options: argparse.Namespace, layout: Layout, source: Path) -> int:
    """Plan, say, ask, do; returns the exit status."""
    try:
        here = machine.look(layout.root)
        plan = _plan(options, layout, here, source)
    except InstallError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if here.model:
        print(f"This is a {here.model}.")
    if not plan.steps:
        print("Nothing to do: all of it is done.")
    else:
        print("This will", *(f"  - {step.text}" for step in plan.steps), sep="\n")
    if options.dry_run:
        return 0
    if plan.steps and not options.yes and not _agreed():
        return 1
    # The root folder itself is what two installations lock; the kernel lets go of it however one ends.
    lock = os.open(layout.root, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        print("error: another installation is under way: wait for its end", file=sys.stderr)
        return 1
    status = _do(plan.steps)
    os.close(lock)
    return status or plan.close()


def _plan(options: argparse.Namespace, layout: Layout, here: machine.Machine, source: Path) -> "plans.Plan":
    if options.uninstall:
        return plans.uninstall(layout, here, options.keep_settings, options.keep_releases)
    if options.rollback:
        return plans.roll_back(layout, here)
    return plans.install(layout, here, source, options.deploy_user)


def _do(steps: Sequence[Step]) -> int:
    told = []
    for number, step in enumerate(steps, 1):
        print(f"[{number}/{len(steps)}] {step.text}", flush=True)
        try:
            told.append(step.do())
        except (InstallError, OSError) as error:
            print(f"error: {error}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print("error: stopped; run the same command again to go on", file=sys.stderr)
            return 1
    for line in filter(None, told):
        print(f"note: {line}")
    return 0


def _agreed() -> bool:
    if not sys.stdin.isatty():
        print("error: nobody is there to ask: add --yes to do it", file=sys.stderr)
        return False
    return input("Go on? [Y/n] ").strip().lower() in ("", "y", "yes")


def _interrupt(*_: Any) -> None:
    raise KeyboardInterrupt


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="systemd/install", description=DESCRIPTION, epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False,
    )  # fmt: skip
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--rollback", action="store_true", help="go back to the version that ran before")
    what.add_argument("--uninstall", action="store_true", help="take everything away but the packages of apt")
    parser.add_argument("--keep-settings", action="store_true", help="--uninstall leaves /etc/emotion-kiosk")
    parser.add_argument("--keep-releases", action="store_true", help="--uninstall leaves the model releases")
    parser.add_argument("--deploy-user", metavar="NAME", help="may activate model releases as root")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
    return parser
