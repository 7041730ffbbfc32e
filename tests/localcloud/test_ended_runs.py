"""Faults that end the runs of functions, or hold a call; and a reset that spares the functions."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.localcloud.sdk import billing

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cloud import RunningCloud

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
LIMIT = 240
CODE = """
import os
from alibabacloud_dysmsapi20170525.client import Client
from alibabacloud_dysmsapi20170525.models import SendSmsRequest
from alibabacloud_tea_openapi.utils_models import Config

def handler(event, context):
    key = {name: os.environ["ALIBABA_CLOUD_" + name.upper()] for name in KEYS}
    client = Client(Config(endpoint=os.environ["OPENAPI"], protocol="http", **key))
    client.send_sms(SendSmsRequest(phone_numbers="13800000001", sign_name="云代理", template_code="SMS_1"))

KEYS = ("access_key_id", "access_key_secret", "security_token")
"""


@pytest.fixture
def sender(cloud: RunningCloud, tmp_path: Path) -> RunningCloud:
    """A cloud with a function that sends one message whenever its timer fires."""
    (tmp_path / "index.py").write_text(CODE)
    cloud.control.set_clock(NOW)
    cloud.control.approve_sms(["云代理"], {"SMS_1": "您好"})
    function = {"name": "sender", "code": str(tmp_path), "handler": "index.handler", "timeout": LIMIT}
    cloud.control.functions("functions/put", {**function, "environment": {"OPENAPI": cloud.openapi}})
    cloud.control.functions("timers/put", {"function": "sender", "name": "hourly", "cron": "0 7 * * * *"})
    return cloud


def fire(cloud: RunningCloud) -> list[str]:
    """How each run of one firing ended, the first one and its retries."""
    runs = cloud.control.functions("timers/fire", {"function": "sender", "name": "hourly"})["executions"]
    return [run["error_type"] or run["outcome"] for run in runs]


@pytest.mark.parametrize(
    ("kind", "end", "applied", "passed"),
    [
        ("kill", "UnexpectedExit", 1, 0),
        ("kill_after", "UnexpectedExit", 2, 0),
        ("expire", "FunctionTimeout", 1, LIMIT),
        ("expire_after", "FunctionTimeout", 2, LIMIT),
    ],
)
def test_a_run_that_is_ended_at_a_call_is_retried(
    sender: RunningCloud, kind: str, end: str, applied: int, passed: int
) -> None:
    sender.control.add_fault("dysms", kind)
    assert fire(sender) == [end, "Succeeded"]
    assert len(sender.control.sms()) == applied
    assert datetime.fromisoformat(sender.control.now()) - NOW == timedelta(seconds=passed)


def test_a_call_from_outside_that_is_to_end_runs_ends_none(sender: RunningCloud) -> None:
    assert fire(sender) == ["Succeeded"]
    sender.control.add_fault("bss", "kill")
    with pytest.raises(Exception, match=r"(?i)connection|reset"):
        billing(sender).query_account_balance()
    assert sender.control.functions("workers/kill")["killed"] == 1


def test_the_run_that_makes_the_call_is_ended_and_no_other(sender: RunningCloud) -> None:
    sender.control.add_fault("dysms", "kill_caller")
    timer = {"function": "sender", "name": "hourly", "times": 2, "overlap": True}
    runs = sender.control.functions("timers/fire", timer)["executions"]
    assert sorted(run["error_type"] or run["outcome"] for run in runs) == ["Succeeded", "Succeeded", "UnexpectedExit"]
    assert len(sender.control.sms()) == 2


def test_a_held_call_is_served_when_its_rule_is_dropped(sender: RunningCloud) -> None:
    rule = sender.control.add_fault("dysms", "hold")
    ends: list[list[str]] = []
    first = threading.Thread(target=lambda: ends.append(fire(sender)))
    first.start()
    assert sender.control.wait_fault(rule, seconds=30) == 1
    assert fire(sender) == ["Succeeded"]
    assert (len(sender.control.sms()), ends) == (1, [])
    sender.control.clear_faults()
    first.join(30)
    assert (len(sender.control.sms()), ends) == (2, [["Succeeded"]])


def test_a_reset_may_spare_functions_timers_and_warm_instances(sender: RunningCloud) -> None:
    fire(sender)
    sender.control.reset(functions=False)
    assert sender.control.sms() == []
    assert [timer["name"] for timer in sender.control.functions("timers/list")["timers"]] == ["hourly"]
    assert sender.control.functions("workers/kill")["killed"] == 1
    sender.control.reset()
    assert sender.control.functions("functions/list")["functions"] == []
