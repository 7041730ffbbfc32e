"""``python -m benchmarks.sweep``: how fast the hourly check is, and what it costs, beside other ways of reading.

The clouds are two local ones in processes of their own, one for OpenAPI and one for Tablestore, so that neither waits
for the other; each reply is late by the latency. The check is whole: roles, balances, once-a-day details where due,
projection, policy, messages, all rows written. Peers only read balances, and stop after fewer accounts where they take
long; their figures are per account.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from benchmarks.sweep_accounts import account, left_now, pasts, state_of
from benchmarks.sweep_contestants import PEERS, Task, environment_of, trust
from localcloud.running import RunningCloud, running_cloud
from shared.app.wiring import open_gateway, read_config, settings_from
from shared.state.account_states import TablestoreAccountStates
from shared.state.accounts import TablestoreAccounts
from shared.state.tables import create_tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).parents[1]
CONFIG = ROOT / "agency.yaml"
MOST = {"plain": 100, "async": 64, "threads": 2000, "floor": 5000}
"""Accounts that a peer is given at most."""
BATCH = 1000


@dataclass(frozen=True, slots=True)
class Scene:
    """Two clouds with accounts on them."""

    openapi: RunningCloud
    tablestore: RunningCloud
    accounts: int
    now: datetime
    ca: str | None
    """The file that vouches for both."""

    def task(self, name: str) -> Task:
        """What a contestant has to do."""
        cloud = self.openapi
        return Task(
            name=name,
            accounts=min(self.accounts, MOST.get(name, self.accounts)),
            openapi=f"{'http' if cloud.ca is None else 'https'}://{cloud.openapi}",
            tablestore=self.tablestore.tablestore,
            instance=self.tablestore.instance,
            key=cloud.access_key_id,
            secret=cloud.access_key_secret,
            ca=self.ca,
            now=self.now.isoformat(),
            config=str(CONFIG),
        )

    def requests(self) -> dict[str, int]:
        """Requests so far, by service."""
        counts = self.openapi.control.counts() | self.tablestore.control.counts()
        return {service: sum(operations.values()) for service, operations in counts.items()}

    def cloud_cpu(self) -> float:
        """Seconds of CPU that the clouds have used."""
        return sum(_cpu_of(cloud.process.pid) for cloud in (self.openapi, self.tablestore))


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line, hold the contest, print it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sweep", description=__doc__)
    parser.add_argument("--accounts", type=int, default=1000, metavar="N", help="accounts (default: 1000)")
    parser.add_argument("--latency-ms", type=float, default=50, metavar="L", help="of every reply (default: 50)")
    parser.add_argument("--tls", action="store_true", help="talk HTTPS")
    parser.add_argument("--peer", action="append", choices=sorted(PEERS), help="beside us; all of them by default")
    parser.add_argument("--alone", action="store_true", help="no peers")
    parser.add_argument("--json", action="store_true", help="one line of JSON")
    options = parser.parse_args(arguments)
    peers = [] if options.alone else options.peer or list(PEERS)
    with scene(options.accounts, options.latency_ms, tls=options.tls) as stage:
        figures = {name: compete(stage, name) for name in (*peers, "ours")}
    found = {
        "accounts": options.accounts,
        "latency_ms": options.latency_ms,
        "tls": options.tls,
        "cpus": os.cpu_count(),
        "localcloud_processes": 2,
        "contestants": figures,
        "ratios": ratios(figures),
    }
    print(json.dumps(found) if options.json else "\n".join(table(found)))
    return 0


# ---------------------------------------------------------------- the stage


@contextmanager
def scene(accounts: int, latency_ms: float, *, tls: bool) -> Iterator[Scene]:
    """Two clouds, and on them an agency that has looked at its accounts until an hour ago."""
    options = ["--latency-ms", str(latency_ms), *(["--tls"] if tls else [])]
    with ExitStack() as stack:
        openapi, tablestore = (stack.enter_context(running_cloud(*options)) for _ in range(2))
        ca = None
        if openapi.ca is not None and tablestore.ca is not None:
            ca = str(Path(stack.enter_context(TemporaryDirectory())) / "both.pem")
            Path(ca).write_text(Path(openapi.ca).read_text() + Path(tablestore.ca).read_text())
        stage = Scene(openapi, tablestore, accounts, datetime.now(UTC), ca)
        trust(ca)
        _prepare(stage)
        yield stage


def _prepare(stage: Scene) -> None:
    gateway = open_gateway(settings_from(environment_of(stage.task("ours"))))
    create_tables(gateway)
    lived = pasts(read_config(CONFIG), stage.now)
    roster, states = TablestoreAccounts(gateway), TablestoreAccountStates(gateway)
    for some in _batches(range(stage.accounts)):
        accounts = [(lived[number % len(lived)], number, account(number)) for number in some]
        stage.openapi.control.open_accounts(
            *(
                {
                    "id": one.account_id,
                    "balance": str(left_now(past, number)),
                    "role_arn": one.role_arn,
                    "external_id": one.external_id,
                }
                for past, number, one in accounts
            )
        )
        roster.save_accounts(one for _, _, one in accounts)
        states.save_states([state_of(past, one, stage.now) for past, _, one in accounts])


def _batches(numbers: Iterable[int]) -> Iterator[list[int]]:
    left = iter(numbers)
    while some := list(islice(left, BATCH)):
        yield some


# ---------------------------------------------------------------- the contest


def compete(stage: Scene, name: str) -> dict[str, Any]:
    """Let one contestant run; its figures."""
    task = stage.task(name)
    before, cloud = stage.requests(), stage.cloud_cpu()
    command = [sys.executable, "-m", "benchmarks.sweep_contestants", json.dumps(asdict(task))]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd=ROOT, text=True)
    result = json.loads(done.stdout.splitlines()[-1])
    count = result["accounts"]
    return {
        "accounts": count,
        "seconds": round(result["seconds"], 2),
        "accounts_per_second": round(count / result["seconds"], 1),
        "cpu_ms_per_account": round(1000 * result["cpu_seconds"] / count, 2),
        "cloud_cpu_ms_per_account": round(1000 * (stage.cloud_cpu() - cloud) / count, 2),
        "peak_rss_mb": round(result["peak_rss_mb"], 1),
        "requests_per_account": {
            service: round((total - before.get(service, 0)) / count, 4) for service, total in stage.requests().items()
        },
        **({"report": result["remarks"]} if result["remarks"] else {}),
    }


def ratios(figures: dict[str, dict[str, Any]]) -> dict[str, float]:
    """How we stand to the peers that took part."""
    us = figures["ours"]
    found: dict[str, float] = {}
    if "plain" in figures:
        found["speed_vs_plain"] = us["accounts_per_second"] / figures["plain"]["accounts_per_second"]
    if "threads" in figures:
        found["cpu_threads_vs_us"] = figures["threads"]["cpu_ms_per_account"] / us["cpu_ms_per_account"]
    if "floor" in figures:
        found["cpu_us_vs_floor"] = us["cpu_ms_per_account"] / figures["floor"]["cpu_ms_per_account"]
    for service in ("bss", "tablestore"):
        found[f"{service}_requests_per_account"] = us["requests_per_account"].get(service, 0.0)
    return {name: round(value, 3) for name, value in found.items()}


def table(found: dict[str, Any]) -> Iterator[str]:
    """The same for people."""
    yield f"{found['accounts']} accounts, {found['latency_ms']:g} ms, TLS {found['tls']}, {found['cpus']} CPUs"
    yield f"{'':10}{'accounts':>9}{'seconds':>9}{'per s':>8}{'CPU ms':>8}{'RSS MB':>8}  requests per account"
    for name, one in found["contestants"].items():
        yield (
            f"{name:10}{one['accounts']:9}{one['seconds']:9.2f}{one['accounts_per_second']:8.1f}"
            f"{one['cpu_ms_per_account']:8.2f}{one['peak_rss_mb']:8.1f}  {one['requests_per_account']}"
        )
    yield " ".join(f"{name}={value:g}" for name, value in found["ratios"].items())


def _cpu_of(pid: int) -> float:
    """Linux's own count, in the kernel's ticks."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / float(os.sysconf("SC_CLK_TCK"))


if __name__ == "__main__":
    sys.exit(main())
