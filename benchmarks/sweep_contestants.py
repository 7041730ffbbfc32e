"""One contestant of the sweep in a process of its own: where the clouds are comes as JSON, its figures leave as JSON.

All of them read accounts through their roles; only ours then does what the readings are for.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

from benchmarks.sweep_accounts import account

if TYPE_CHECKING:
    from collections.abc import Callable

THREADS = 32
"""Of the peers that use threads; and as many calls at once of those that use none."""

ROLES_PER_SECOND = 10_000
"""Without the quota of AssumeRole, which is 100 a second and would be all that is measured; peers know none."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a contestant is given."""

    name: str
    accounts: int
    openapi: str
    """URL"""
    tablestore: str
    instance: str
    key: str
    secret: str
    ca: str | None
    now: str
    config: str


@dataclass(frozen=True, slots=True)
class Result:
    """What it took; seconds of CPU and memory are those of this process."""

    accounts: int
    seconds: float
    cpu_seconds: float
    peak_rss_mb: float
    remarks: dict[str, Any]


# ---------------------------------------------------------------- peers


def plain(task: Task) -> None:
    """As the SDK's examples show it: one account after the other, a client for each."""
    for number in range(task.accounts):
        _read(task, number)


def threads(task: Task) -> None:
    """The same in threads."""
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda number: _read(task, number), range(task.accounts)))


def gather(task: Task) -> None:
    """The same with the SDK's methods for asyncio."""
    asyncio.run(_gather(task))


async def _gather(task: Task) -> None:
    for first in range(0, task.accounts, THREADS):
        some = range(first, min(first + THREADS, task.accounts))
        await asyncio.gather(*(_read_async(task, number) for number in some))


def _read(task: Task, number: int) -> str:
    from alibabacloud_bssopenapi20171214.client import Client as Billing
    from alibabacloud_sts20150401.client import Client as Sts

    given = Sts(_config(task, task.key, task.secret)).assume_role(_role(number)).body.credentials
    key = _config(task, given.access_key_id, given.access_key_secret, given.security_token)
    return str(Billing(key).query_account_balance().body.data.available_amount)


async def _read_async(task: Task, number: int) -> str:
    from alibabacloud_bssopenapi20171214.client import Client as Billing
    from alibabacloud_sts20150401.client import Client as Sts

    answer = await Sts(_config(task, task.key, task.secret)).assume_role_async(_role(number))
    given = answer.body.credentials
    key = _config(task, given.access_key_id, given.access_key_secret, given.security_token)
    return str((await Billing(key).query_account_balance_async()).body.data.available_amount)


def _config(task: Task, key: str, secret: str, token: str | None = None) -> Any:  # noqa: ANN401 -- the SDK's class
    from alibabacloud_tea_openapi.utils_models import Config

    scheme, _, host = task.openapi.partition("://")
    return Config(access_key_id=key, access_key_secret=secret, security_token=token, endpoint=host, protocol=scheme)


def _role(number: int) -> Any:  # noqa: ANN401 -- the SDK's class
    from alibabacloud_sts20150401.models import AssumeRoleRequest

    one = account(number)
    return AssumeRoleRequest(role_arn=one.role_arn, external_id=one.external_id, role_session_name="sweep")


def floor(task: Task) -> None:
    """The same requests, signed by a few lines and sent over one pooled session: what nobody gets below."""
    from benchmarks.sweep_floor import read_all

    read_all(task.openapi, task.ca, task.key, task.secret, [account(n) for n in range(task.accounts)], THREADS)


# ---------------------------------------------------------------- ours


def ours(task: Task) -> Callable[[], object]:
    """The hourly check, whole, as the function runs it."""
    from shared.app.check import check
    from shared.app.in_force import config_in_force
    from shared.app.runs import settle
    from shared.app.wiring import open_billing, open_stores, settings_from

    settings = settings_from(environment_of(task))
    stores, billing = open_stores(settings), open_billing(settings)

    def run() -> dict[str, Any]:
        in_force = config_in_force(settings, stores)
        settle()
        return check(stores, in_force, billing, datetime.fromisoformat(task.now)).as_json()

    return run


def trust(ca: str | None) -> None:
    """Let this process talk to clouds that ``ca`` vouches for."""
    if ca is not None:
        os.environ["SSL_CERT_FILE"] = ca  # OpenSSL's variable: the SDK's own sessions heed it besides certifi's


def environment_of(task: Task) -> dict[str, str]:
    """The settings of the functions."""
    return {
        "ARREARS_TABLESTORE_ENDPOINT": task.tablestore,
        "ARREARS_TABLESTORE_INSTANCE": task.instance,
        "ARREARS_BSS_ENDPOINT": task.openapi,
        "ARREARS_STS_ENDPOINT": task.openapi,
        "ARREARS_CONFIG": task.config,
        "ARREARS_ASSUME_ROLES_PER_SECOND": str(ROLES_PER_SECOND),
        "ALIBABA_CLOUD_ACCESS_KEY_ID": task.key,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": task.secret,
    }


_SDK = ("alibabacloud_bssopenapi20171214.client", "alibabacloud_sts20150401.client")
IMPORTS = {"plain": _SDK, "threads": _SDK, "async": _SDK, "floor": ("benchmarks.sweep_floor",)}
PEERS: dict[str, Callable[[Task], None]] = {"plain": plain, "threads": threads, "async": gather, "floor": floor}


def _with_imports_done(task: Task) -> Callable[[], object]:
    """What a cold start costs is measured elsewhere (benchmarks.cold_start); an import counts for nobody here."""
    for module in IMPORTS[task.name]:
        import_module(module)
    return lambda: PEERS[task.name](task)


def main() -> None:
    """Take the task, do it, say what it took."""
    task = Task(**json.loads(sys.argv[1]))
    trust(task.ca)
    run = ours(task) if task.name == "ours" else _with_imports_done(task)
    began, cpu = time.perf_counter(), time.process_time()
    remarks = run()
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    result = Result(task.accounts, seconds, cpu, peak, remarks if isinstance(remarks, dict) else {})
    print(json.dumps(asdict(result)))


if __name__ == "__main__":
    main()
