"""The watcher watched: the own account, the channels, the auditor and its heartbeat, doctor and drill."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.model import Level
from tests.agency import Agency, write_config

if TYPE_CHECKING:
    from pathlib import Path

    from shared.model import Account
    from tests.cloud import RunningCloud

LINES = {"quantile": 0.5, "notice": None, "warning": {"enter_below": 7, "leave_at": 9}, "critical": None}
STAFF = ("oncall@example.com", "13800138000")


@pytest.fixture
def agency(cloud: RunningCloud, tmp_path: Path) -> Agency:
    """An agency whose own account, the one that its key belongs to, is watched."""
    own = {"account_id": cloud.account_id, "policy": "own"}
    return Agency(cloud, write_config(tmp_path, {"own_account": own}, runway=LINES, risk=None, quiet=None))


def open_own(agency: Agency, balance: float) -> Account:
    """The agency's own account has so much left."""
    agency.cloud.control.open_accounts({"id": agency.cloud.account_id, "balance": str(balance)})
    own = agency.own
    agency.accounts.append(own)
    return own


def test_staff_hear_of_the_own_account_weeks_ahead(agency: Agency) -> None:
    own = open_own(agency, 2400)
    agency.days(0.25, own, daily=100)
    agency.deliver()
    assert agency.level(own) is Level.WARNING
    assert agency.received() == [("mail", STAFF[0], "warning"), ("sms", STAFF[1], "warning")]
    (mail,) = agency.cloud.control.mail()
    assert "所有客户的预警都会无声中断" in mail["text"]
    assert "只发给云桥科技的员工" in mail["text"]


def test_the_own_account_is_read_and_remembered_before_any_other(agency: Agency) -> None:
    open_own(agency, 10)
    agency.watch(1, 10)
    agency.check()
    log = [operation for _, service, operation in agency.cloud.control.log() if service in {"bss", "sts", "tablestore"}]
    reads = [n for n, operation in enumerate(log) if operation == "QueryAccountBalance"]
    assert log.index("AssumeRole") > reads[0]
    assert "BatchWriteRow" in log[reads[0] : log.index("AssumeRole")]


def test_an_own_account_that_cannot_be_read_stops_nobody(agency: Agency) -> None:
    account = agency.watch(1, -10)
    agency.cloud.control.open_accounts({"id": agency.cloud.account_id, "balance": "5", "billing_denied": True})
    agency.check()
    assert agency.level(account) is Level.OVERDUE
    assert agency.state(agency.own).alert.failure == "access_revoked"


def test_a_row_of_the_roster_for_the_own_account_is_passed_over(agency: Agency) -> None:
    own = open_own(agency, -5)
    agency.stores.accounts.save_accounts([own])
    assert [run["outcome"] for run in agency.check()] == ["Succeeded"]
    agency.deliver()
    assert agency.received() == [("mail", STAFF[0], "suspended"), ("sms", STAFF[1], "suspended")]
