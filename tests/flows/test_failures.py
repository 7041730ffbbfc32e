"""What goes wrong with one account, or one request, stays there; nothing is lost, nothing comes twice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from shared.model import Level
from tests.agency import DELIVER

if TYPE_CHECKING:
    from tests.agency import Agency

SMS_1 = "13800000001"
STAFF = "13800138000"


def test_one_account_that_cannot_be_read_stops_nobody_else(agency: Agency) -> None:
    revoked = agency.watch(1, 1000, revoked=True)
    account = agency.watch(2, 1000)
    agency.days(0.5, account, daily=240)
    agency.deliver()
    assert agency.level(account) is Level.WARNING
    assert agency.state(revoked).alert.failure == "access_revoked"


def test_staff_and_nobody_else_hear_of_an_account_that_stays_unreadable(agency: Agency) -> None:
    account = agency.watch(1, 1000, revoked=True)
    agency.days(0.25, account, daily=240)
    agency.deliver()
    assert agency.received() == [("mail", "oncall@example.com", "unreadable"), ("sms", STAFF, "unreadable")]


def test_a_run_that_is_started_again_tells_of_an_unreadable_account_once(agency: Agency) -> None:
    account = agency.watch(1, 1000, revoked=True)
    agency.days(2 / 24, account, daily=240)
    agency.wait(hours=1)
    agency.fire(("arrears-check-balances", "hourly"), times=2)
    assert agency.state(account).alert.failed_runs == 3
    agency.deliver()
    assert agency.received() == [("mail", "oncall@example.com", "unreadable"), ("sms", STAFF, "unreadable")]


def test_unknown_is_not_zero_and_resolves_nothing(agency: Agency) -> None:
    account = agency.watch(1, 1000)
    agency.days(0.5, account, daily=240)
    agency.cloud.control.add_fault("bss", "error", times=-1)
    agency.days(0.125, account, daily=240)
    agency.deliver()
    assert agency.level(account) is Level.WARNING
    assert [level for _, _, level in agency.received()].count("recovered") == 0
    assert agency.state(account).alert.failed_runs == 3


def test_a_paused_account_is_neither_read_nor_spoken_of(agency: Agency) -> None:
    account = agency.watch(1, 10)
    agency.stores.accounts.save_accounts([replace(account, paused=True)])
    before = agency.cloud.control.counts().get("bss", {})
    agency.check()
    assert agency.cloud.control.counts().get("bss", {}) == before


def test_an_account_kept_in_another_currency_than_the_roster_says_is_unknown(agency: Agency) -> None:
    account = agency.watch(1, 1000, currency="USD")
    agency.check()
    assert agency.state(account).alert.failure == "unexpected_answer"


@pytest.mark.parametrize("overlap", [False, True])
def test_a_timer_that_fires_twice_changes_nothing(agency: Agency, *, overlap: bool) -> None:
    account = agency.watch(1, 1000)
    agency.days(0.375, account, daily=240)
    agency.wait(hours=1)
    agency.spend(account, 400)
    for timer in (("arrears-check-balances", "hourly"), ("arrears-deliver-notifications", "every-five-minutes")):
        executions = agency.fire(timer, times=2, overlap=overlap)
        assert {execution["outcome"] for execution in executions} == {"Succeeded"}
    sms = [message for message in agency.received() if message[0] == "sms"]
    assert len(sms) == len(set(sms))


@pytest.mark.parametrize("kind", ["error_after", "reset_before", "reset_after", "truncated", "html"])
@pytest.mark.parametrize(("service", "operation"), [("dysms", "SendSms"), ("dm", "SingleSendMail")])
def test_a_message_whose_end_was_not_heard_arrives_once(
    agency: Agency, service: str, operation: str, kind: str
) -> None:
    account = agency.watch(1, 1000)
    agency.days(0.5, account, daily=240, deliver=False)
    agency.cloud.control.add_fault(service, kind, operation=operation)
    agency.deliver(rounds=8)
    assert sorted(agency.received()) == [("mail", "wang1@example.com", "warning"), ("sms", SMS_1, "warning")]


def test_a_message_that_the_store_refuses_stops_no_other(agency: Agency) -> None:
    """Its claim is refused; the other one goes out in the same run, and it when the run is started again."""
    agency.days(0.5, agency.watch(1, 1000), daily=240, deliver=False)
    refused = {"operation": "BatchWriteRow", "code": "OTSParameterInvalid", "status": 400}
    agency.cloud.control.add_fault("tablestore", "error", **refused)
    agency.fire(DELIVER)
    first, again = agency.reports(DELIVER)
    assert "StoreRefused" in first["broken"][0]
    assert [first["steps"], again["steps"]] == [{"sent": 1}] * 2
    assert sorted(agency.received()) == [("mail", "wang1@example.com", "warning"), ("sms", SMS_1, "warning")]


@pytest.mark.parametrize("kind", ["error", "reset_before", "reset_after", "html"])
@pytest.mark.parametrize("operation", ["QueryAccountBalance", "AssumeRole"])
def test_a_reading_that_fails_once_is_made_up_for_by_the_next_run(agency: Agency, operation: str, kind: str) -> None:
    account = agency.watch(1, 1000)
    agency.check()
    agency.wait(hours=1)
    agency.cloud.control.add_fault(_service(operation), kind, operation=operation)
    agency.check()
    agency.wait(hours=1)
    agency.check()
    assert agency.state(account).alert.failed_runs == 0


def _service(operation: str) -> str:
    return "sts" if operation == "AssumeRole" else "bss"
