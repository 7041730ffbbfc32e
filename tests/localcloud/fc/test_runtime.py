from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.localcloud.fc.clients import call_v3
from tests.localcloud.fc.conftest import ACCOUNT, running, soon

if TYPE_CHECKING:
    from pathlib import Path

    from tests.localcloud.fc.conftest import Cloud

KILLED_CLOUD = """
import asyncio, os, signal, sys
from localcloud.clock import Clock
from localcloud.fc import FunctionCompute
from localcloud.identities import Identities

async def main():
    clock = Clock()
    fc = FunctionCompute(clock, Identities(clock), "1", "cn-hangzhou", dict, None)
    await fc.control("functions/put", {"name": "sleeper", "code": sys.argv[1], "handler": "index.handler"})
    await fc.control("timers/put", {"function": "sleeper", "name": "now", "cron": "0 0 * * * *"})
    firing = asyncio.create_task(fc.control("timers/fire", {"function": "sleeper", "name": "now"}))
    lines = []
    while len(lines) < 2:
        await asyncio.sleep(0.01)
        lines = (await fc.control("logs", {"function": "sleeper"}))["lines"]
    print(lines[1], flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


def environment(cloud: Cloud) -> dict[str, str]:
    found: dict[str, str] = json.loads(call_v3(cloud, "worker", {"do": "environment"}).body)
    return found


def shape(cloud: Cloud) -> dict[str, Any]:
    """The context's fields, unfolded."""
    found: dict[str, Any] = json.loads(call_v3(cloud, "worker", {"do": "shape"}).body)
    return found


def now(cloud: Cloud) -> float:
    return float(call_v3(cloud, "worker", {"do": "now"}).body)


def test_environment(cloud: Cloud) -> None:
    cloud.put(environment={"LIMIT": "3"}, memory=256)
    found = environment(cloud)
    assert (found["LIMIT"], found["FROM_THE_PLATFORM"], found["TZ"]) == ("3", "yes", "UTC")
    assert (found["FC_FUNCTION_NAME"], found["FC_FUNCTION_HANDLER"]) == ("worker", "index.handler")
    assert (found["FC_ACCOUNT_ID"], found["FC_REGION"]) == (ACCOUNT, "cn-hangzhou")
    assert (found["FC_FUNCTION_MEMORY_SIZE"], found["FC_FUNC_CODE_PATH"]) == ("256", str(cloud.code))
    assert "HOME" not in found


def test_settings_of_a_function_win_over_the_platforms(cloud: Cloud) -> None:
    cloud.put(environment={"FROM_THE_PLATFORM": "no", "FC_REGION": "mars"})
    found = environment(cloud)
    assert (found["FROM_THE_PLATFORM"], found["FC_REGION"]) == ("no", "cn-hangzhou")


def test_credentials_of_the_role_are_valid(cloud: Cloud) -> None:
    cloud.put(role="arrears-alert")
    found = environment(cloud)
    token = found["ALIBABA_CLOUD_SECURITY_TOKEN"]
    identity = cloud.identities.find(found["ALIBABA_CLOUD_ACCESS_KEY_ID"], token)
    assert identity.access_key_secret == found["ALIBABA_CLOUD_ACCESS_KEY_SECRET"]
    assert identity.arn == f"acs:ram::{ACCOUNT}:assumed-role/arrears-alert/worker"


def test_instance_is_replaced_when_its_credentials_end(cloud: Cloud) -> None:
    cloud.put()
    before = environment(cloud)
    cloud.advance(hours=35)
    assert environment(cloud)["FC_INSTANCE_ID"] == before["FC_INSTANCE_ID"]
    cloud.advance(hours=2)
    after = environment(cloud)
    assert after["ALIBABA_CLOUD_ACCESS_KEY_ID"] != before["ALIBABA_CLOUD_ACCESS_KEY_ID"]
    cloud.identities.find(after["ALIBABA_CLOUD_ACCESS_KEY_ID"], after["ALIBABA_CLOUD_SECURITY_TOKEN"])


def test_context_of_python_3_12(cloud: Cloud) -> None:
    cloud.put(runtime="python3.12")
    context = shape(cloud)
    assert set(context) == {"request_id", "function", "region", "account_id", "logger", "log_project", "log_store"}
    assert set(context["function"]) == {"name", "handler", "memory", "timeout", "version_id", "qualifier"}


def test_context_of_python_3_10(cloud: Cloud) -> None:
    cloud.put(runtime="python3.10")
    context = shape(cloud)
    assert set(context) == {"request_id", "function", "region", "account_id", "service", "credentials"}
    assert set(context["function"]) == {"name", "handler", "memory", "timeout"}
    assert context["credentials"]["security_token"] == environment(cloud)["ALIBABA_CLOUD_SECURITY_TOKEN"]


def test_real_time_is_left_alone(cloud: Cloud) -> None:
    cloud.put()
    assert abs(now(cloud) - time.time()) < 5


@pytest.mark.parametrize("year", [2019, 2031])
def test_virtual_time_inside_the_handler(cloud: Cloud, year: int) -> None:
    cloud.put()
    moment = datetime(year, 5, 6, 7, 8, 9, tzinfo=UTC)
    cloud.clock.set(moment)
    assert 0 <= now(cloud) - moment.timestamp() < 5
    cloud.advance(hours=1)
    assert 0 <= now(cloud) - moment.timestamp() - 3600 < 5


def test_log_of_a_run(cloud: Cloud) -> None:
    cloud.put()
    cloud.clock.set(datetime(2026, 1, 1, tzinfo=UTC))
    request_id = call_v3(cloud, "worker", {"do": "speak"}).request_id
    start, *spoken, logged, end = cloud.control("logs", function="worker")["lines"]
    assert start == f"FC Invoke Start RequestId: {request_id}"
    assert spoken == ["to standard output", "to standard error"]
    assert logged.startswith("2026-01-01T00:00:00.")
    assert logged.endswith(f"Z {request_id} [INFO] to the log")
    assert end == f"FC Invoke End RequestId: {request_id}"


def test_log_of_a_failed_run(cloud: Cloud) -> None:
    cloud.put()
    request_id = call_v3(cloud, "worker", {"do": "fail"}).request_id
    *_, error, end = cloud.control("logs", function="worker")["lines"]
    assert error == "KeyError: 'balance'"
    assert end == f"FC Invoke End RequestId: {request_id}, Error: Unhandled function error"


def test_log_outlives_a_killed_instance(cloud: Cloud) -> None:
    cloud.put(timeout=0.3)
    call_v3(cloud, "worker", {"do": "sleep", "seconds": 9})
    [start] = cloud.control("logs", function="worker")["lines"]
    assert start.startswith("FC Invoke Start")


def test_module_is_imported_in_virtual_time(cloud: Cloud) -> None:
    (cloud.code / "early.py").write_text(
        "import time\nBORN = time.time()\ndef handler(event, context): return str(BORN)"
    )
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    cloud.clock.set(moment)
    cloud.put(handler="early.handler")
    assert 0 <= float(call_v3(cloud, "worker", {}).body) - moment.timestamp() < 5


def test_runtime_needs_nothing_but_the_standard_library(cloud: Cloud) -> None:
    bare = cloud.code / "bare"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -I -S "$@"\n')
    bare.chmod(0o755)
    cloud.put(python=str(bare))
    assert abs(now(cloud) - time.time()) < 5


def test_instances_die_with_a_killed_cloud(tmp_path: Path) -> None:
    (tmp_path / "index.py").write_text(
        "import os, time\ndef handler(event, context):\n print(os.getpid())\n time.sleep(60)"
    )
    cloud = subprocess.run([sys.executable, "-c", KILLED_CLOUD, tmp_path], capture_output=True, text=True, check=False)
    assert cloud.returncode == -signal.SIGKILL
    pid = int(cloud.stdout)
    assert soon(lambda: not running(pid))
