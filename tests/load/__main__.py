"""``python -m tests.load``: one hour of a large agency, in which much goes wrong at once.

Two accounts in a hundred hang, two are throttled, one has revoked its role; one bucket is killed twice in the middle of
its work; Tablestore is busy for a minute. All the same every other account is read within the hour, by buckets that run
side by side; nothing is lost or doubled; the reports say exactly what could not be read; memory and sockets stay
bounded.

The last line is JSON with the figures. Exit code 0 if every promise was kept.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localcloud.running import running_cloud
from localcloud.serverless import deploy
from tests.agency import AUDIT, CHECK, DELIVER, ROOT, START, Agency, write_config
from tests.load.gauges import Gauges
from tests.load.judge import Evidence, broken_promises
from tests.load.scene import OWN, Lot, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

BUSY_FROM, BUSY_FOR = 5.0, 60.0
"""Seconds: Tablestore is busy for a minute, beginning when the buckets are at work."""
MOST_SECONDS = 3000
"""Of an invocation, in place of s.yaml's 600: here all of them share the processors of one machine, side by side."""
MOST_MEMORY_MB, MOST_SOCKETS = 256, 200
"""Of one invocation: half of what s.yaml gives it, and far below the 1024 files that a process may open."""
PATIENCE = 3600.0
LINES = {"notice": None, "warning": {"enter_below": 2000, "leave_at": 2500}, "critical": None}
LIMITS = {"sms_per_day": 100_000, "mails_per_day": 100_000}


def main(arguments: list[str] | None = None) -> int:
    """Run the hour; 0 if every promise was kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__.partition("\n")[0])
    parser.add_argument("--accounts", type=int, default=int(os.environ.get("LOAD_ACCOUNTS") or 20_000), metavar="N")
    parser.add_argument("--per-invocation", type=int, default=0, metavar="N", help="default: 1500, or an eighth")
    options = parser.parse_args(arguments)
    scene = Scene.of(options.accounts)
    per_invocation = options.per_invocation or min(1500, -(-options.accounts // 8))
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="load-") as folder, running_cloud() as cloud:
        agency = Agency(cloud, _config(Path(folder), per_invocation))
        scene.open(agency)
        say(f"{options.accounts} accounts opened in {time.monotonic() - began:.0f} s")
        with Gauges(cloud.process.pid) as gauges:
            figures, evidence = _hour(agency, scene, per_invocation)
        broken = [*broken_promises(evidence), *_bounds(gauges)]
    say(*(f"BROKEN: {line}" for line in broken))
    figures |= {
        "seconds": round(time.monotonic() - began, 1),
        "functions_cpu_seconds": round(sum(gauges.seconds.values()), 1),
        "functions_cpu_ms_per_account": round(1000 * sum(gauges.seconds.values()) / options.accounts, 2),
        "most_memory_mb": round(gauges.most_memory_mb, 1),
        "most_sockets": gauges.most_sockets,
        "most_processes": gauges.most_processes,
        "broken": len(broken),
    }
    say(json.dumps(figures))
    return int(bool(broken))


def _config(folder: Path, per_invocation: int) -> Path:
    own = {"account_id": OWN, "policy": "own"}
    top = {"sweep": {"accounts_per_invocation": per_invocation}, "own_account": own, "limits": LIMITS}
    return write_config(folder, top, available_amount=LINES, runway=None, risk=None, quiet=None)


def _hour(agency: Agency, scene: Scene, per_invocation: int) -> tuple[dict[str, Any], Evidence]:
    control = agency.cloud.control
    settings = agency.environment | {"PYTHONPATH": str(ROOT)}
    deploy(control, ROOT / "s.yaml", {}, code=ROOT / "functions", settings=settings, timeout=MOST_SECONDS)
    _trouble(agency, scene, per_invocation)
    control.set_clock(START, frozen=False)
    began = time.monotonic()
    with _busy_store(agency):
        agency.fire(CHECK)
        control.functions("queue/drain", patience=PATIENCE)
    swept = time.monotonic() - began
    ended = _now(agency)
    say(f"swept in {swept:.0f} s")
    control.clear_faults()
    agency.wait(minutes=20)
    agency.fire(AUDIT)
    _deliver(agency, scene)
    reports = _reports(agency, CHECK[0])
    last = {report["bucket"]: report for report in reports if "bucket" in report}
    whole = next((report for report in reports if "shared_out" in report), None)
    audit = _reports(agency, AUDIT[0])[-1]
    runs = control.functions("invocations", {"function": CHECK[0]})["invocations"]
    figures = {
        "accounts": len(scene.accounts),
        "buckets": len(last),
        "unreadable": {lot.value: count for lot, count in sorted(scene.counts.items())},
        "killed": sum(run["error_type"] == "UnexpectedExit" for run in runs),
        "executions": len(runs),
        "sweep_seconds": round(swept, 1),
        "accounts_per_second": round(len(scene.accounts) / swept, 1),
    }
    return figures, Evidence(agency, scene, START, ended, list(last.values()), whole, audit)


def _trouble(agency: Agency, scene: Scene, per_invocation: int) -> None:
    control = agency.cloud.control
    balance: dict[str, Any] = {"operation": "QueryAccountBalance", "times": -1}
    control.add_fault("bss", "hang", accounts=scene.ids(Lot.HANGING), **balance)
    throttled = {"code": "Throttling.User", "status": 400}
    control.add_fault("bss", "error", accounts=scene.ids(Lot.THROTTLED), **balance, **throttled)
    victim = scene.victim(per_invocation)
    control.add_fault("sts", "kill_caller", operation="AssumeRole", times=2, accounts=[victim])


@contextmanager
def _busy_store(agency: Agency) -> Iterator[None]:
    """For a minute of what happens in this block, whatever is asked of Tablestore is refused."""
    over = threading.Event()

    def be_busy() -> None:
        if not over.wait(BUSY_FROM):
            rule = agency.cloud.control.add_fault("tablestore", "error", times=-1, code="OTSServerBusy", status=503)
            over.wait(BUSY_FOR)
            agency.cloud.control.clear_faults(rule)

    thread = threading.Thread(target=be_busy)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _deliver(agency: Agency, scene: Scene) -> None:
    """Deliveries, until every message has its receipt."""
    for _ in range(3 + len(scene.ids(Lot.LOW)) // 100):
        agency.fire(DELIVER)
        agency.wait(minutes=5)


def _now(agency: Agency) -> datetime:
    return type(START).fromisoformat(agency.cloud.control.now())


def _reports(agency: Agency, function: str) -> list[dict[str, Any]]:
    """The reports in a function's log; one that is cut at the length of the log's lines is none."""
    lines = agency.cloud.control.functions("logs", {"function": function, "lines": 10_000})["lines"]
    return [json.loads(line.partition(" [INFO] ")[2]) for line in lines if " [INFO] {" in line and line.endswith("}")]


def _bounds(gauges: Gauges) -> Iterator[str]:
    if gauges.most_memory_mb > MOST_MEMORY_MB:
        yield f"an invocation needed {gauges.most_memory_mb:.0f} MB; {MOST_MEMORY_MB} are allowed"
    if gauges.most_sockets > MOST_SOCKETS:
        yield f"an invocation had {gauges.most_sockets} sockets open; {MOST_SOCKETS} are allowed"


def say(*lines: str) -> None:
    """Write, now."""
    for line in lines:
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
