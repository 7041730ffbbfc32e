"""The port Billing, by the real SDK, against the local cloud."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest

from shared.billing.access import CustomerAccess
from shared.billing.bss import BssBilling
from shared.errors import AccessRevoked, Throttled, UnexpectedAnswer, Unreachable, Unreadable
from shared.keys import Credentials
from shared.model import Account, TransactionKind, start_of_day
from shared.openapi import Timeouts
from tests.contracts.canned import answering

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.billing import Billing
    from tests.cloud import RunningCloud

NOW = datetime(2026, 3, 10, 4, tzinfo=UTC)
UID = "1000000000000001"
ROLE = f"acs:ram::{UID}:role/agency-balance-reader"
ACCOUNT = Account(UID, "A customer", (), role_arn=ROLE, external_id="ext-1")
QUICK = Timeouts(connect_ms=500, read_ms=300)


@pytest.fixture
def open_account(cloud: RunningCloud) -> Callable[..., None]:
    cloud.control.set_clock(NOW)

    def opened(**changes: object) -> None:
        cloud.control.open_accounts({"id": UID, "balance": "1000", "role_arn": ROLE, "external_id": "ext-1"} | changes)

    opened()
    return opened


@pytest.fixture
def own(cloud: RunningCloud) -> Credentials:
    return Credentials(cloud.access_key_id, cloud.access_key_secret)


@pytest.fixture
def billing(cloud: RunningCloud, own: Credentials, open_account: Callable[..., None]) -> BssBilling:
    endpoint = f"http://{cloud.openapi}"
    return BssBilling(CustomerAccess(own, endpoint, timeouts=QUICK), endpoint, QUICK)


def sts_calls(cloud: RunningCloud) -> int:
    return cloud.control.counts().get("sts", {}).get("AssumeRole", 0)


# ---------------------------------------------------------------- the balance


@pytest.mark.parametrize("amount", ["0.00", "999.99", "1234567.89", "-11.19", "-1234567.00"])
def test_the_balance_is_read_to_the_cent(amount: str, billing: Billing, open_account: Callable[..., None]) -> None:
    open_account(balance=amount)
    balance = billing.fetch_balance(ACCOUNT, NOW)
    assert balance.available_amount == Decimal(amount)
    assert (balance.currency, balance.at, balance.credit_amount) == ("CNY", NOW, Decimal(0))


def test_credit_is_told_apart(billing: Billing, open_account: Callable[..., None]) -> None:
    open_account(balance="-500", credit="12000", currency="USD")
    balance = billing.fetch_balance(ACCOUNT, NOW)
    assert (balance.available_amount, balance.credit_amount, balance.currency) == (
        Decimal(11500),
        Decimal(12000),
        "USD",
    )


def test_an_account_without_role_is_read_with_our_own_key(billing: Billing, cloud: RunningCloud) -> None:
    cloud.control.open_accounts({"id": cloud.account_id, "balance": "77"})
    agency = Account(cloud.account_id, "The agency", ())
    assert billing.fetch_balance(agency, NOW).available_amount == 77
    assert sts_calls(cloud) == 0


# ---------------------------------------------------------------- the way in


def test_a_role_is_assumed_once_by_many_threads(billing: Billing, cloud: RunningCloud) -> None:
    together = Barrier(16)

    def read(_: int) -> Decimal:
        together.wait(10)
        return billing.fetch_balance(ACCOUNT, NOW).available_amount

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(read, range(16))) == {1000}
    assert sts_calls(cloud) == 1


def test_a_key_is_kept_until_five_minutes_before_it_expires(billing: Billing, cloud: RunningCloud) -> None:
    for minutes, calls in ((0, 1), (54, 1), (55, 2), (56, 2)):
        cloud.control.set_clock(NOW + timedelta(minutes=minutes))
        billing.fetch_balance(ACCOUNT, NOW + timedelta(minutes=minutes))
        assert sts_calls(cloud) == calls, minutes


def test_a_key_that_expired_unnoticed_is_renewed(billing: Billing, cloud: RunningCloud) -> None:
    billing.fetch_balance(ACCOUNT, NOW)
    cloud.control.set_clock(NOW + timedelta(hours=2))
    assert billing.fetch_bill(ACCOUNT, date(2026, 3, 8)) == ()
    assert sts_calls(cloud) == 2


def test_every_role_has_a_key_of_its_own(billing: Billing, cloud: RunningCloud) -> None:
    other = replace(ACCOUNT, account_id="1000000000000002", role_arn=ROLE.replace("0001:", "0002:"))
    cloud.control.open_accounts(
        {"id": other.account_id, "balance": "5", "role_arn": other.role_arn, "external_id": "ext-1"}
    )
    assert billing.fetch_balance(ACCOUNT, NOW).available_amount == 1000
    assert billing.fetch_balance(other, NOW).available_amount == 5


@pytest.mark.parametrize(
    "changes",
    [{"revoked": True}, {"external_id": "another"}, {"billing_denied": True}, {"trusted_principal": "acs:ram::9:root"}],
    ids=lambda changes: next(iter(changes)),
)
def test_a_closed_door_is_access_revoked(
    changes: dict[str, object], billing: Billing, open_account: Callable[..., None]
) -> None:
    open_account(**changes)
    with pytest.raises(AccessRevoked, match=UID):
        billing.fetch_balance(ACCOUNT, NOW)


@pytest.mark.parametrize("role", [ROLE + "-gone", "no-arn"])
def test_a_role_that_is_not_there_is_access_revoked(role: str, billing: Billing) -> None:
    with pytest.raises(AccessRevoked):
        billing.fetch_balance(replace(ACCOUNT, role_arn=role), NOW)


def test_a_door_that_opens_again_is_gone_through(billing: Billing, open_account: Callable[..., None]) -> None:
    open_account(revoked=True)
    with pytest.raises(AccessRevoked):
        billing.fetch_balance(ACCOUNT, NOW)
    open_account()
    assert billing.fetch_balance(ACCOUNT, NOW).available_amount == 1000


# ---------------------------------------------------------------- what goes wrong

FAULTS = [
    ({"kind": "error", "status": 400, "code": "Throttling.User"}, Throttled),
    ({"kind": "error", "status": 429, "code": "Throttling"}, Throttled),
    ({"kind": "error", "status": 400, "code": "InternalError"}, Unreachable),
    ({"kind": "error", "status": 500, "code": "UndefinedError"}, Unreachable),
    ({"kind": "error", "status": 503, "code": "ServiceUnavailable"}, Unreachable),
    ({"kind": "error", "status": 400, "code": "MissingParameter"}, UnexpectedAnswer),
    ({"kind": "error", "status": 403, "code": "NoPermission"}, AccessRevoked),
    ({"kind": "reset_before"}, Unreachable),
    ({"kind": "reset_after"}, Unreachable),
    ({"kind": "hang"}, Unreachable),
    ({"kind": "hang_after"}, Unreachable),
    ({"kind": "truncated"}, Unreachable),
    ({"kind": "html"}, Unreachable),
]


@pytest.mark.parametrize("service", ["bss", "sts"])
@pytest.mark.parametrize(("fault", "error"), FAULTS, ids=str)
def test_a_failure_has_its_name_and_leaves_no_trace(
    service: str, fault: dict[str, Any], error: type[Unreadable], billing: Billing, cloud: RunningCloud
) -> None:
    cloud.control.add_fault(service, **fault)
    with pytest.raises(Unreadable) as raised:
        billing.fetch_balance(ACCOUNT, NOW)
    assert type(raised.value) is error
    assert billing.fetch_balance(ACCOUNT, NOW).available_amount == 1000


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("NotAuthorized", AccessRevoked),
        ("InternalError", Unreachable),
        ("Throttling.User", Throttled),
        ("", Unreadable),
    ],
)
def test_a_success_that_says_it_is_none_is_a_failure(
    code: str, error: type[Unreadable], billing: Billing, cloud: RunningCloud
) -> None:
    cloud.control.add_fault("bss", "business", code=code)
    with pytest.raises(error):
        billing.fetch_balance(ACCOUNT, NOW)


def test_a_refused_connection_is_unreachable(own: Credentials) -> None:
    nowhere = "http://127.0.0.1:9"
    with pytest.raises(Unreachable, match="refused"):
        BssBilling(CustomerAccess(own, nowhere), nowhere).fetch_balance(replace(ACCOUNT, role_arn=None), NOW)


BALANCE = {"AvailableAmount": "1.00", "CreditAmount": "0.00", "Currency": "CNY"}


@pytest.mark.parametrize("name", BALANCE)
def test_a_balance_that_lacks_a_field_is_no_balance(name: str, own: Credentials) -> None:
    check_balance(own, {"Success": True, "Data": {key: BALANCE[key] for key in BALANCE if key != name}}, "answer lacks")


@pytest.mark.parametrize("amount", ["", "n/a", "1,00", 5.5])
def test_a_balance_that_is_no_amount_names_its_field(amount: object, own: Credentials) -> None:
    body = {"Success": True, "Data": BALANCE | {"AvailableAmount": amount}}
    check_balance(own, body, "available_amount")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"Success": True}, "lacks Data"),
        ({"Data": BALANCE}, "account"),
        ({"Success": "true", "Data": BALANCE}, "account"),
        ({"Success": True, "Data": "1.00"}, "form"),
        ([1], "form"),
        ({}, "account"),
    ],
)
def test_an_answer_of_another_form_is_unexpected(body: object, message: str, own: Credentials) -> None:
    check_balance(own, body, message)


def check_balance(own: Credentials, body: object, message: str) -> None:
    with answering(body) as url, pytest.raises(UnexpectedAnswer, match=message):
        BssBilling(CustomerAccess(own, url), url).fetch_balance(replace(ACCOUNT, role_arn=None), NOW)


@pytest.mark.parametrize(
    "body", [{}, {"Credentials": {"AccessKeyId": "a"}}, {"Credentials": {"Expiration": "tomorrow"}}, {"Credentials": 1}]
)
def test_a_role_without_a_whole_key_is_unexpected(body: object, own: Credentials) -> None:
    with answering(body) as url, pytest.raises(UnexpectedAnswer):
        CustomerAccess(own, url).credentials(ACCOUNT, NOW)


# ---------------------------------------------------------------- movements of money


def test_movements_are_signed_and_oldest_first(billing: Billing, cloud: RunningCloud) -> None:
    cloud.control.move(
        {"account": UID, "amount": "2000", "at": (NOW - timedelta(hours=5)).isoformat()},
        {"account": UID, "amount": "30.5", "type": "Withdraw", "flow": "Expense", "at": ago(3)},
        {"account": UID, "amount": "1", "type": "Refund", "at": ago(1)},
    )
    found = billing.fetch_transactions(ACCOUNT, NOW - timedelta(hours=6), NOW)
    assert [(one.kind, one.amount) for one in found] == [
        (TransactionKind.PAYMENT, Decimal(2000)),
        (TransactionKind.WITHDRAW, Decimal("-30.5")),
        (TransactionKind.REFUND, Decimal(1)),
    ]
    assert found[0].at == NOW - timedelta(hours=5)
    assert len({one.transaction_id for one in found}) == 3


def test_a_range_holds_its_start_but_not_its_end(billing: Billing, cloud: RunningCloud) -> None:
    cloud.control.move(*({"account": UID, "amount": hours, "at": ago(hours)} for hours in (3, 2, 1)))
    found = billing.fetch_transactions(ACCOUNT, NOW - timedelta(hours=3), NOW - timedelta(hours=1))
    assert [one.amount for one in found] == [3, 2]


def test_every_page_of_movements_is_read(billing: Billing, cloud: RunningCloud) -> None:
    amounts = range(1, 251)
    cloud.control.move(*({"account": UID, "amount": one, "at": ago(1000 - one)} for one in amounts))
    found = billing.fetch_transactions(ACCOUNT, NOW - timedelta(days=60), NOW)
    assert [one.amount for one in found] == list(amounts)
    assert cloud.control.counts()["bss"]["QueryAccountTransactions"] == 3


def test_no_movement_is_an_empty_answer(billing: Billing) -> None:
    assert billing.fetch_transactions(ACCOUNT, NOW - timedelta(hours=1), NOW) == ()


ROW = {
    "TransactionNumber": "T1",
    "TransactionTime": "2026-03-10T03:00:00Z",
    "TransactionType": "Payment",
    "TransactionFlow": "Income",
    "Amount": "5.00",
}


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, None) for name in ROW] + [(name, "Surprise") for name in ROW if name != "TransactionNumber"],
)
def test_a_movement_with_a_strange_field_is_unexpected(name: str, value: str | None, own: Credentials) -> None:
    with pytest.raises(UnexpectedAnswer, match=r"transaction_|amount"):
        transactions(own, page([ROW | {name: value}], 1))


def test_a_list_that_changes_while_it_is_read_is_not_believed(own: Credentials) -> None:
    with pytest.raises(Unreachable, match="changed"):
        transactions(own, page([ROW], 2), page([ROW], 3))
    with pytest.raises(Unreachable, match="changed"):
        transactions(own, page([ROW], 2), page([], 2))


def page(rows: list[Any], total: int) -> object:
    lists = {"AccountTransactionsList": {"AccountTransactionsList": rows}}
    return {"Success": True, "Data": {"TotalCount": total, "PageNum": 1, "PageSize": 100} | lists}


def transactions(own: Credentials, *bodies: object) -> None:
    with answering(*bodies) as url:
        billing = BssBilling(CustomerAccess(own, url), url)
        billing.fetch_transactions(replace(ACCOUNT, role_arn=None), NOW - timedelta(days=1), NOW)


def ago(hours: float) -> str:
    return (NOW - timedelta(hours=hours)).isoformat()


# ---------------------------------------------------------------- bills


def test_a_day_of_the_bill_by_product(billing: Billing, cloud: RunningCloud) -> None:
    day = date(2026, 3, 8)
    at = (start_of_day(day) + timedelta(hours=2)).isoformat()
    cloud.control.spend(
        {"account": UID, "hourly": ["0.1", "0.2"], "product": "ecs", "at": at},
        {"account": UID, "amount": "1234.56", "product": "rds", "subscription_type": "Subscription", "at": at},
    )
    costs = billing.fetch_bill(ACCOUNT, day)
    assert [(one.product_code, one.billed_cost, one.prepaid) for one in costs] == [
        ("ecs", Decimal("0.3"), False),
        ("rds", Decimal("1234.56"), True),
    ]
    assert {one.day for one in costs} == {day}


def test_every_page_of_a_bill_is_read(billing: Billing, cloud: RunningCloud) -> None:
    at = start_of_day(date(2026, 3, 8)).isoformat()
    cloud.control.spend(*({"account": UID, "amount": 1, "product": f"p{n:03}", "at": at} for n in range(201)))
    assert len(billing.fetch_bill(ACCOUNT, date(2026, 3, 8))) == 201


BILL = {"ProductCode": "ecs", "Currency": "CNY", "SubscriptionType": "PayAsYouGo", "PretaxAmount": 1.5}


@pytest.mark.parametrize("row", [{key: BILL[key] for key in BILL if key != name} for name in BILL])
def test_a_bill_row_that_lacks_a_field_is_unexpected(row: dict[str, Any], own: Credentials) -> None:
    bill(own, row, "answer lacks")


def test_a_bill_in_another_currency_is_unexpected(own: Credentials) -> None:
    bill(own, BILL | {"Currency": "USD"}, "in USD")


def bill(own: Credentials, row: dict[str, Any], message: str) -> None:
    body = {"Success": True, "Data": {"TotalCount": 1, "Items": {"Item": [row]}}}
    with answering(body) as url, pytest.raises(UnexpectedAnswer, match=message):
        BssBilling(CustomerAccess(own, url), url).fetch_bill(replace(ACCOUNT, role_arn=None), date(2026, 3, 8))


# ---------------------------------------------------------------- what must not be seen


def test_keys_are_never_shown() -> None:
    assert "secret" not in repr(Credentials("id", "secret", "secret-token"))


def test_the_sdk_logs_nothing_below_a_warning() -> None:
    for name in ("darabonba-core", "alibabacloud-tea", "credentials"):
        assert not logging.getLogger(name).isEnabledFor(logging.INFO)
        assert logging.getLogger(name).handlers == []
