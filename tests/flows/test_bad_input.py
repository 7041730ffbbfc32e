"""Bad input stays with whom it concerns: the run goes on for the others, and the error says what to mend."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from functions import check_balances, deliver_notifications
from shared.app.check import check
from shared.app.event import InvalidEvent
from shared.app.in_force import config_in_force
from shared.app.runs import LocalContext
from shared.app.wiring import open_billing, open_gateway, read_config
from shared.model import DeliveryStatus, Level, ProductCost
from shared.state.rows import account_key
from shared.state.tables import ACCOUNT_STATES, ACCOUNTS, BAD_ADDRESSES, MESSAGES, OUTBOX, USAGE, Put
from tests.agency import AUDIT, CHECK, DELIVER, Agency, write_config

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path

    from shared.billing import Billing
    from shared.model import Account, Balance, Transaction
    from shared.state.tables import Columns, Key, Table
    from tests.cloud import RunningCloud

LINES = {
    "warning": {"enter_below": 2000, "leave_at": 2500},
    "critical": {"enter_below": 500, "leave_at": 800},
}
STAFF = {("sms", "13800138000", "task"), ("mail", "oncall@example.com", "task")}


@pytest.fixture
def agency(cloud: RunningCloud, tmp_path: Path) -> Agency:
    """An agency whose lines are amounts."""
    return Agency(cloud, write_config(tmp_path, available_amount=LINES, runway=None, risk=None, quiet=None))


def told_of(number: int, level: str = "warning") -> set[tuple[str, str, str]]:
    """What the only contact of a customer gets."""
    return {("sms", f"138{number:08}", level), ("mail", f"wang{number}@example.com", level)}


def renamed(agency: Agency, account: Account, name: str) -> None:
    """The same account under another name."""
    agency.stores.accounts.save_accounts([replace(account, name=name)])


def put(agency: Agency, table: Table, key: Key, columns: Columns) -> None:
    """A row that no program of ours wrote."""
    open_gateway(agency.settings).write(table, [Put(key, columns)])


def errors(executions: list[dict[str, Any]]) -> str:
    """What a failed run says; its retry may have nothing left to do."""
    assert executions[0]["outcome"] == "Failed"
    return json.dumps(executions, ensure_ascii=False, default=str)


# ---------------------------------------------------------------- rows


STRANGER = "2000000000000099"


class CutName:
    """The bills of a service that cuts a name in the middle of a character."""

    def __init__(self, billing: Billing, account_id: str) -> None:
        self._billing = billing
        self._account_id = account_id

    def fetch_balance(self, account: Account, now: datetime) -> Balance:
        return self._billing.fetch_balance(account, now)

    def fetch_transactions(self, account: Account, since: datetime, until: datetime) -> tuple[Transaction, ...]:
        return self._billing.fetch_transactions(account, since, until)

    def fetch_bill(self, account: Account, day: date) -> tuple[ProductCost, ...]:
        bill = self._billing.fetch_bill(account, day)
        cut = ProductCost(day, "ecs", "云服务器\ud83d", Decimal(1), prepaid=False)
        return (*bill, cut) if account.account_id == self._account_id else bill


@pytest.mark.parametrize("table", [ACCOUNTS, ACCOUNT_STATES])
def test_a_malformed_row_stops_its_account_alone(agency: Agency, table: Table) -> None:
    broken = agency.watch(1, 1000)
    agency.watch(2, 1000)
    put(agency, table, account_key(broken.account_id), {"contacts": "no list", "version": "one"})
    (run,) = agency.check()
    agency.fire(DELIVER)
    assert set(agency.received()) == told_of(2)
    assert run["outcome"] == "Succeeded", "a retry would find the same"
    for said in (agency.reports()[-1]["unusable"][0], errors(agency.fire(AUDIT))):
        assert table.name in said
        assert broken.account_id in said


def test_what_the_store_refuses_stops_its_account_alone(agency: Agency) -> None:
    """A product's name, of which there are two, is longer than a column may be; its people are warned all the same."""
    odd, other = agency.watch(1, 90_000), agency.watch(2, 90_000)
    agency.check()
    agency.spend(odd, 3, product="x" * 1_200_000)
    for _ in range(2):
        agency.wait(days=1)
        agency.check()
    agency.wait(days=1)
    for account in (odd, other):
        agency.spend(account, 89_000)
    for _ in range(2):
        said = errors(agency.check())
        assert f"account {odd.account_id}: not written (StoreRefused" in said
        assert f"account {other.account_id}" not in said
        agency.fire(DELIVER)
        assert sorted(agency.received()) == sorted(told_of(1) | told_of(2)), "once, the odd one too"
        agency.wait(hours=1)
    assert (agency.state(odd).version, agency.state(other).version) == (3, 5)


def test_what_cannot_be_put_into_a_row_stops_its_account_alone(agency: Agency) -> None:
    """A name that was cut in the middle of a character."""
    odd, other = agency.watch(1, 90_000), agency.watch(2, 90_000)
    agency.check()
    agency.wait(days=3)
    stores, billing = agency.stores, CutName(open_billing(agency.settings), odd.account_id)
    report = check(stores, config_in_force(agency.settings, stores), billing, agency.now)
    (said,) = report.broken
    assert said.startswith(f"account {odd.account_id}: not written (")
    assert report.read == 2
    assert (agency.state(odd).version, agency.state(other).version) == (1, 2)


def test_an_account_whose_policy_is_gone_is_named_and_no_run_is_tried_again_for_it(agency: Agency) -> None:
    gone = agency.watch(1, 1000)
    agency.stores.accounts.save_accounts([replace(gone, policy="platinum")])
    agency.watch(2, 1000)
    (run,) = agency.check()
    agency.fire(DELIVER)
    assert set(agency.received()) == told_of(2)
    assert run["outcome"] == "Succeeded"
    assert "no policy platinum" in agency.reports()[-1]["unusable"][0]
    assert gone.account_id in errors(agency.fire(AUDIT))


@pytest.mark.parametrize(
    ("table", "key", "columns"),
    [
        (OUTBOX, ("STRAY",), {"due": "soon"}),
        (OUTBOX, ("STRAY",), {"due": 1}),
        (MESSAGES, (STRANGER, "STRAY"), {"status": "lost", "version": 1}),
        (USAGE, ("last-24-hours",), {"version": 1, "sendings": "many"}),
    ],
    ids=["pointer without a time", "pointer to nowhere", "message", "usage"],
)
def test_a_malformed_row_stops_no_other_message(agency: Agency, table: Table, key: Key, columns: Columns) -> None:
    agency.watch(1, 1000)
    agency.check()
    put(agency, OUTBOX, ("STRAY",), {"account_id": STRANGER, "due": 1, "version": 1})
    put(agency, table, key, columns)
    said = errors(agency.fire(DELIVER))
    assert set(agency.received()) == told_of(1)
    assert table.name in said
    assert str(key[-1]) in said


def test_a_bad_address_is_known_by_its_key_alone(agency: Agency) -> None:
    agency.watch(1, 1000)
    put(agency, BAD_ADDRESSES, ("whatever",), {"since": "yesterday"})
    agency.check()
    agency.fire(DELIVER)
    assert set(agency.received()) == told_of(1)


# ---------------------------------------------------------------- settings and events


def test_a_config_that_no_longer_parses_stops_loudly_and_loses_nothing(agency: Agency) -> None:
    agency.watch(1, 1000)
    agency.check()
    good = agency.config_file.read_text(encoding="utf-8")
    agency.config_file.write_text(good.replace("enter_below: 2000", "enter_below: 两千"), encoding="utf-8")
    agency.watch(2, 1000)
    agency.wait(hours=1)
    for timer in (CHECK, DELIVER):
        said = errors(agency.fire(timer))
        assert "agency.yaml:" in said
        assert "enter_below" in said
    assert not agency.cloud.control.sms()
    agency.config_file.write_text(good, encoding="utf-8")
    agency.wait(hours=1)
    agency.check()
    agency.fire(DELIVER)
    assert set(agency.received()) == told_of(1) | told_of(2)
    assert len(agency.received()) == len(set(agency.received()))


@pytest.mark.parametrize(
    "event", [b"", b"{}", b"[]", b'"now"', b'{"triggerTime": 7}', b'{"triggerTime": "2026-03-02"}']
)
@pytest.mark.parametrize("function", [check_balances, deliver_notifications])
def test_an_event_without_its_fields_is_refused_before_anything_is_done(
    agency: Agency, monkeypatch: pytest.MonkeyPatch, function: Any, event: bytes
) -> None:
    agency.watch(1, 1000)
    for name, value in (agency.environment | agency.keys).items():
        monkeypatch.setenv(name, value)
    before = agency.cloud.control.counts()
    with pytest.raises(InvalidEvent, match="triggerTime"):
        function.handler(event, LocalContext("by hand"))
    assert agency.cloud.control.counts() == before


# ---------------------------------------------------------------- templates


def template(agency: Agency, level: str, text: str) -> None:
    """Another text than the one that the project filed is approved under its code."""
    code = read_config(agency.config_file).messages.sms.templates[level]
    agency.cloud.control.approve_sms([], {code: text})


def test_a_template_that_asks_for_more_goes_by_mail_and_to_staff(agency: Agency) -> None:
    template(agency, "warning", "账号${name}可用额度${amount}，预计${end}用完，请联系${manager}。")
    account = agency.watch(1, 1000)
    agency.watch(2, 400)
    agency.check()
    agency.deliver(rounds=4)
    assert set(agency.received()) == told_of(2, "critical") | {("mail", "wang1@example.com", "warning")} | STAFF
    sms = next(m for m in agency.messages(account) if m.channel == "sms" and m.topic == "level")
    assert sms.status is DeliveryStatus.REFUSED
    assert "isv.TEMPLATE_MISSING_PARAMETERS" in sms.reason
    assert "manager" in sms.reason


def test_a_template_that_asks_for_less_waits_for_staff_and_holds_up_nobody_else(agency: Agency) -> None:
    template(agency, "critical", "账号${name}可用额度${amount}。")
    agency.watch(1, 400)
    agency.watch(2, 1000)
    agency.check()
    agency.deliver(rounds=3)
    received = set(agency.received())
    assert told_of(2) <= received
    assert ("mail", "wang1@example.com", "critical") in received
    assert ("mail", "oncall@example.com", "task") in received
    agency.approve()
    agency.wait(hours=1, minutes=1)
    agency.deliver(rounds=2)
    assert agency.received().count(("sms", "13800000001", "critical")) == 1


def test_a_code_that_two_customers_meet_is_one_task(agency: Agency) -> None:
    agency.cloud.control.add_fault("dysms", "business", operation="SendSms", code="isv.NEVER_HEARD_OF", times=2)
    agency.watch(1, 1000)
    agency.watch(2, 1000)
    agency.check()
    agency.deliver(rounds=8)
    assert set(agency.received()) == told_of(1) | told_of(2) | STAFF
    assert len(agency.received()) == len(set(agency.received()))


# ---------------------------------------------------------------- names

NAMES = {
    "symbols": '★【特】"北京"<b>云&端</b>{科技}${x} 🚀\n\t%',
    "an address": "www.example.com 客户 https://example.com/?a=1",
    "a number": "客户13912345678号",
    "nothing but symbols": "★★★",
    "300 characters": "北京市朝阳区某某某信息技术" * 23 + "X",
    "300 letters": "Very Long Company Name Incorporated " * 9,
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_a_name_that_sms_refuses_is_made_plain(agency: Agency, name: str) -> None:
    for number, level in ((1, 1000), (2, 400), (3, -5)):
        renamed(agency, agency.watch(number, level), name)
    agency.check()
    agency.deliver(rounds=2)
    to_staff = {("mail", "oncall@example.com", "task")}
    assert set(agency.received()) == told_of(1) | told_of(2, "critical") | told_of(3, "overdue") | to_staff
    assert {agency.level(account) for account in agency.accounts} == {Level.WARNING, Level.CRITICAL, Level.OVERDUE}
