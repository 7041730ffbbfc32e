"""What a cold start costs: CPU from the interpreter's start to the end of the first invocation, in a new process.

``python -m benchmarks.cold_start [--json] [--runs N] [--tls]`` builds the package, starts a local cloud, and runs each
packaged handler and a plain one (``benchmarks/plain``) in turn under the runtime's Python. Both import from it,
with its bytecode; the plain ones find beside it what the package leaves out, bytecode included, but for numpy.
``deliver`` has nothing to send, as most of its runs; ``deliver_one`` has one SMS. User and system time of the process,
by getrusage; the medians of N runs. With ``--tls`` all of them talk HTTPS, as they do when deployed, and verify it by
the package's authorities, of which the local cloud's is made one.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.sweep_contestants import trust
from demo.site import Site
from deployment.build import build, compile_modules
from deployment.interpreters import find_python
from deployment.weight import MEGABYTE, zipped_bytes
from localcloud.running import running_cloud
from localcloud.serverless import read_functions
from shared.app.drill import drill_messages
from shared.app.wiring import open_gateway, read_config
from shared.model import Account, ChannelName, Contact
from shared.state.tables import create_tables

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
PLAIN = Path(__file__).with_name("plain")
GOALS = {"check": 0.5, "deliver": 0.4}
"""CPU of ours for each of the plain one's, at most."""
RUNS = 9
ACCOUNT = Account(
    "2000000000000001",
    "示例客户",
    (Contact("王丽", "13800000001", "wang@example.com"),),
    role_arn="acs:ram::2000000000000001:role/agency-balance-reader",
    external_id="agency-1",
)
PROBE = r"""
import importlib, json, re, resource, sys
from pathlib import Path
from types import SimpleNamespace
module, event = sys.argv[1:]
handler = importlib.import_module(module).handler
imported = resource.getrusage(resource.RUSAGE_SELF)
context = SimpleNamespace(request_id="cold", function=SimpleNamespace(name=module, timeout=600, memory=512))
handler(event.encode(), context)
ended = resource.getrusage(resource.RUSAGE_SELF)
peak = int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1])
print(json.dumps([imported.ru_utime + imported.ru_stime, ended.ru_utime + ended.ru_stime, peak]))
"""


@dataclass(frozen=True, slots=True)
class Contestant:
    """A handler, and what it is started with."""

    module: str
    path: str
    event: Callable[[], str]
    """Called before each run; may put something in place."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one process took."""

    import_ms: float
    total_ms: float
    """Import and first invocation."""
    peak_mb: float


def main() -> None:
    """Measure, and print a table, or one line of JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--tls", action="store_true", help="talk HTTPS")
    options = parser.parse_args()
    python = find_python("3.12")
    if python is None:
        sys.exit("no Python 3.12 on this machine, which the functions run on")
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), python, options.runs, tls=options.tls)
    print(json.dumps(found) if options.json else _table(found))


def measure(folder: Path, python: Path, runs: int, *, tls: bool) -> dict[str, Any]:
    """Build, run everything ``runs`` times in turn, and put medians side by side."""
    package = folder / "code"
    build(package)
    install_left_out(folder / "left_out")
    zipped = zipped_bytes(package)
    with running_cloud(*(["--tls"] if tls else [])) as cloud:
        trust(cloud.ca)
        add_authority(package, cloud.ca)
        site = Site(cloud, package / "agency.yaml")
        prepare(site)
        environment = {"PATH": os.environ["PATH"], "TZ": "UTC"} | _deployed() | site.environment | site.keys
        contestants = contestants_of(site, package, folder / "left_out")
        taken: dict[str, list[Run]] = {name: [] for name in contestants}
        for _ in range(runs):
            for name, contestant in contestants.items():
                taken[name].append(run(python, contestant, environment))
    medians = {name: _median(of_name) for name, of_name in taken.items()}
    ratios = {
        name: round(medians[name].total_ms / medians[f"{name}_plain"].total_ms, 3)
        for name in ("check", "deliver", "deliver_one")
    }
    return {
        "cpu_ms": {name: {"import": one.import_ms, "total": one.total_ms} for name, one in medians.items()},
        "peak_mb": {name: one.peak_mb for name, one in medians.items()},
        "ratios": ratios,
        "goals": GOALS,
        "met": {name: ratios[name] <= goal for name, goal in GOALS.items()},
        "zipped_mb": round(zipped / MEGABYTE, 1),
        "runs": runs,
        "tls": tls,
        "cpus": os.cpu_count(),
    }


def install_left_out(target: Path) -> None:
    """What the package leaves out, in the releases of ``requirements.lock``, for the plain handlers; not numpy."""
    functions = (ROOT / "requirements.functions.lock").read_text(encoding="utf-8")
    names = set(re.findall(r"^# ([a-z0-9-]+)$", functions, re.MULTILINE)) - {"numpy"}
    pins = re.findall(
        r"^([a-z0-9-]+)==([^ \\;]+)", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE
    )
    wanted = [f"{name}=={release}" for name, release in pins if name in names]
    platform = ["--implementation=cp", "--python-version=3.12", "--platform=manylinux2014_x86_64"]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command = [*pip, "--only-binary=:all:", *platform, "--no-compile", f"--target={target}", *wanted]
    subprocess.run(command, check=True)
    compile_modules(target)


def add_authority(package: Path, ca: str | None) -> None:
    """Beside the 140 that both sides' SDKs read: so trusting the local cloud costs what trusting the cloud does."""
    if ca is not None:
        authorities = package / "python" / "certifi" / "cacert.pem"
        authorities.write_text(authorities.read_text(encoding="utf-8") + Path(ca).read_text(encoding="utf-8"))


def prepare(site: Site) -> None:
    """Tables, one account with its bank, and what the consoles approve."""
    site.approve()
    create_tables(open_gateway(site.settings))
    site.stores.accounts.save_accounts([ACCOUNT])
    bank = {"id": ACCOUNT.account_id, "balance": "100000", "role_arn": ACCOUNT.role_arn, "external_id": "agency-1"}
    site.cloud.control.open_accounts(bank)


def contestants_of(site: Site, package: Path, left_out: Path) -> dict[str, Contestant]:
    """Ours and the plain ones."""
    ours = f"{package}:{package}/python"
    plain = f"{PLAIN}:{package}/python:{left_out}"
    account = json.dumps(
        {"account_id": ACCOUNT.account_id, "role_arn": ACCOUNT.role_arn, "external_id": ACCOUNT.external_id}
    )
    return {
        "check": Contestant("check_balances", ours, _timer_event),
        "check_plain": Contestant("plain_check", plain, lambda: account),
        "deliver": Contestant("deliver_notifications", ours, _timer_event),
        "deliver_plain": Contestant("plain_deliver", plain, lambda: json.dumps({"sms": [], "mail": []})),
        "deliver_one": Contestant("deliver_notifications", ours, lambda: _queue_one(site)),
        "deliver_one_plain": Contestant("plain_deliver", plain, lambda: json.dumps({"sms": [_sms(site)], "mail": []})),
        "audit": Contestant("audit_warnings", ours, _timer_event),
    }


def _deployed() -> dict[str, str]:
    """What s.yaml sets for the first function; the others have the same."""
    return dict(next(read_functions(ROOT / "s.yaml", {}))["environmentVariables"])


def _timer_event() -> str:
    return json.dumps({"triggerTime": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "triggerName": "cold"})


def _queue_one(site: Site) -> str:
    """A drill for one of the staff, by SMS."""
    now = datetime.now(UTC)
    messages = drill_messages(read_config(site.config_file), f"{now:%H%M%S%f}", None, now)
    site.stores.outbox.enqueue([next(m for m in messages if m.channel is ChannelName.SMS)])
    return _timer_event()


def _sms(site: Site) -> dict[str, str]:
    sms = read_config(site.config_file).messages.sms
    return {
        "phone_numbers": "13800000001",
        "sign_name": sms.sign_name,
        "template_code": sms.templates["drill"],
        "template_param": json.dumps({"name": "王丽", "time": "1月1日08时00分"}, ensure_ascii=False),
    }


def run(python: Path, contestant: Contestant, environment: dict[str, str]) -> Run:
    """One new process."""
    command = [str(python), "-S", "-c", PROBE, contestant.module, contestant.event()]
    done = subprocess.run(
        command,
        env=environment | {"PYTHONPATH": contestant.path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if not done.stdout:
        raise RuntimeError(f"{contestant.module}: {done.stderr}")
    imported, total, peak = json.loads(done.stdout.splitlines()[-1])
    return Run(imported * 1000, total * 1000, peak / 1000)


def _median(runs: list[Run]) -> Run:
    def of(figures: list[float]) -> float:
        return round(statistics.median(figures), 1)

    return Run(of([r.import_ms for r in runs]), of([r.total_ms for r in runs]), of([r.peak_mb for r in runs]))


def _table(found: dict[str, Any]) -> str:
    rows = [
        f"  {name:<18} {ms['import']:8.0f} {ms['total']:8.0f} {found['peak_mb'][name]:8.0f}"
        for name, ms in found["cpu_ms"].items()
    ]
    ratios = [
        f"  {name:<18} {ratio:8.2f}" + (f"   goal {GOALS[name]}" if name in GOALS else "")
        for name, ratio in found["ratios"].items()
    ]
    head = f"{'CPU ms':<20} {'import':>8} {'+ first':>8} {'peak MB':>8}"
    how = "HTTPS" if found["tls"] else "HTTP"
    tail = f"{how}; {found['zipped_mb']} MB zipped; medians of {found['runs']} runs on {found['cpus']} CPUs"
    return "\n".join([head, *rows, "of the plain one", *ratios, tail])


if __name__ == "__main__":
    main()
