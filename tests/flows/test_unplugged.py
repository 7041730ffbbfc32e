"""The local cloud is unplugged in the middle of a run and started again: nothing lost, nothing sent twice."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from tests.agency import CHECK, DELIVER, Agency, write_config
from tests.cloud import free_port, running_cloud

if TYPE_CHECKING:
    from pathlib import Path

LINES = {"quantile": 0.5, "notice": None, "warning": {"enter_below": 7, "leave_at": 9}, "critical": None}


@pytest.mark.parametrize(
    ("timer", "service", "operation"),
    [
        (CHECK, "bss", "QueryAccountBalance"),
        (CHECK, "tablestore", "BatchWriteRow"),
        (DELIVER, "dysms", "SendSms"),
        (DELIVER, "tablestore", "BatchWriteRow"),
    ],
)
def test_unplugged_and_started_again(tmp_path: Path, timer: tuple[str, str], service: str, operation: str) -> None:
    config = write_config(tmp_path, runway=LINES, risk=None, quiet=None)
    options = ("--state", str(tmp_path / "rows.db"), "--port", str(free_port()))
    with running_cloud(*options) as cloud:
        agency = Agency(cloud, config)
        account = agency.watch(1, 1000)
        agency.days(0.5, account, daily=240, deliver=False)
        agency.wait(hours=1)
        agency.spend(account, 10)
        fault = cloud.control.add_fault(service, "hang_after", operation=operation)
        agency.fire_and_forget(timer)
        assert cloud.control.wait_fault(fault) == 1
        cloud.process.send_signal(signal.SIGKILL)
    with running_cloud(*options) as cloud:
        again = Agency(cloud, config, now=agency.now, accounts=[account])
        again.days(0.25, account, daily=240)
        again.deliver(rounds=8)
        assert sorted(again.received()) == [
            ("mail", "wang1@example.com", "warning"),
            ("sms", "13800000001", "warning"),
        ]
