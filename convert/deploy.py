"""`python -m convert deploy`: a release to kiosks, several at once, and a table of how it went."""

import json
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tqdm import tqdm

from convert.remote import Outcome, Remote, pack
from device.errors import ModelError, RefusedError, UsageError
from device.net.card import Card
from device.net.model_file import JSON_NAME
from device.releases import store

AT_ONCE = 8  # hosts


def deploy(release: Path, hosts: Sequence[str], remote: Remote) -> None:
    """Check the release here, then have each host take it in; a host that is down stops no other.

    Raises:
        UsageError: a host that is none, or stands twice.
        ModelError: no whole release.
        RefusedError: it has not passed its gate, or a host failed; the table says which and why.
    """
    _check_hosts(hosts)
    if wanted := check(release).wanted_crop:
        print(f"note: {wanted} on each kiosk")
    packed = pack(release)
    print_lock = threading.Lock()

    def one(host: str) -> Outcome:
        bar = tqdm(total=len(packed), desc=f"copy to {host}", unit="B", unit_scale=True, leave=False, disable=None)

        def said(line: str) -> None:
            with print_lock:
                tqdm.write(f"{host}: {line}")

        with bar:
            return remote.deploy(host, packed, bar.update, said)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(one, hosts))
    print(table(outcomes))
    failed = [outcome.host for outcome in outcomes if outcome.status]
    if failed:
        raise RefusedError(f"{len(failed)} of {len(hosts)} hosts did not take the release: {', '.join(failed)}")


def check(release: Path) -> Card:
    """The card of a release; raises where it is not whole, or its gate did not let it pass."""
    card = store.check(release).card
    try:
        compared = json.loads((release / JSON_NAME).read_text())["int8_against_float"]
        # Releases of one answer, of earlier versions, have one verdict and not one for each answer.
        verdicts = [compared] if "passed" in compared else list(compared.values())
        passed = [verdict["passed"] for verdict in verdicts]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"{release}: does not say how int8 compares: make it with `python -m convert quantize`"
        ) from error
    if not passed or any(value is not True for value in passed):
        raise RefusedError(f"{release}: has not passed its gate: nothing was deployed")
    return card


def table(outcomes: Sequence[Outcome]) -> str:
    """One line a host."""
    wide = max(len("host"), *(len(outcome.host) for outcome in outcomes))
    lines = [f"{'host':<{wide}}  {'outcome':<11}  {'seconds':>7}"]
    lines += [f"{o.host:<{wide}}  {o.word:<11}  {o.seconds:>7.1f}  {o.said}" for o in outcomes]
    return "\n".join(lines)


def _check_hosts(hosts: Sequence[str]) -> None:
    for host in hosts:
        if host.startswith("-") or not host.strip():
            raise UsageError(f"{host!r} is no host")
        if hosts.count(host) > 1:
            raise UsageError(f"{host} stands twice")
