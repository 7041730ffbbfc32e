"""Balances, bills and money movements as BssOpenApi 2017-12-14 gives them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from alibabacloud_bssopenapi20171214 import models
from alibabacloud_tea_openapi.exceptions import ClientException

from tests.localcloud.sdk import Untyped, billing

if TYPE_CHECKING:
    from tests.cloud import RunningCloud

HOUR = 3600
DAY = 24 * HOUR
START = datetime(2026, 3, 10, 0, 0, tzinfo=UTC)


def balance(cloud: RunningCloud) -> Untyped:
    return billing(cloud).query_account_balance().body.data


def bill(cloud: RunningCloud, cycle: str = "2026-03", **more: object) -> Untyped:
    request = models.QueryAccountBillRequest(billing_cycle=cycle, **more)
    return billing(cloud).query_account_bill(request).body.data


def transactions(cloud: RunningCloud, **more: object) -> Untyped:
    request = models.QueryAccountTransactionsRequest(**more)
    return billing(cloud).query_account_transactions(request).body.data


@pytest.fixture
def account(cloud: RunningCloud) -> str:
    """The agency's own account with 1,000 CNY on 10 March 2026, 8:00 in Shanghai."""
    cloud.control.set_clock(START)
    cloud.control.open_accounts({"id": cloud.account_id, "name": "agency", "balance": "1000"})
    return cloud.account_id


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "0.00"),
        ("999.999", "1,000.00"),
        ("1234567.891", "1,234,567.89"),
        ("-11.19", "-11.19"),
        ("-1234.5", "-1,234.50"),
    ],
)
def test_amounts_are_strings_with_thousands_separators(cloud: RunningCloud, amount: str, text: str) -> None:
    cloud.control.open_accounts({"id": cloud.account_id, "balance": amount, "currency": "USD"})
    body = billing(cloud).query_account_balance().body
    assert (body.code, body.success) == ("200", True)
    assert (body.data.available_amount, body.data.currency) == (text, "USD")


def test_the_older_signature_is_accepted(cloud: RunningCloud, account: str) -> None:
    client = billing(cloud, signature_algorithm="v2")
    assert client.query_account_balance().body.data.available_amount == "1,000.00"


async def test_the_asynchronous_client_is_accepted(cloud: RunningCloud, account: str) -> None:
    reply = await billing(cloud).query_account_balance_async()
    assert reply.body.data.available_amount == "1,000.00"


def test_credit_counts_as_available_and_spend_leaves_the_cash_alone_during_the_month(cloud: RunningCloud) -> None:
    cloud.control.set_clock(START)
    cloud.control.open_accounts({"id": cloud.account_id, "balance": 100, "credit": "50.50"})
    cloud.control.spend({"account": cloud.account_id, "amount": "120.123"})
    data = balance(cloud)
    assert (data.available_amount, data.available_cash_amount, data.credit_amount) == ("30.38", "100.00", "50.50")


def test_the_month_is_settled_from_the_cash_when_it_is_over(cloud: RunningCloud, account: str) -> None:
    cloud.control.spend({"account": account, "amount": "120.126"})
    cloud.control.set_clock(datetime(2026, 3, 31, 15, 59, tzinfo=UTC))
    assert balance(cloud).available_cash_amount == "1,000.00"
    cloud.control.set_clock(datetime(2026, 3, 31, 16, 0, tzinfo=UTC))
    data = balance(cloud)
    assert (data.available_cash_amount, data.available_amount) == ("879.87", "879.87")
    assert cloud.control.accounts()[account]["cash"] == "879.87"
    (row,) = transactions(cloud).account_transactions_list.account_transactions_list
    assert (row.transaction_type, row.transaction_flow, row.amount) == ("Consumption", "Expense", "120.13")
    assert row.transaction_time == "2026-03-31T16:00:00Z"


def test_december_is_settled_at_new_year(cloud: RunningCloud, account: str) -> None:
    cloud.control.spend({"account": account, "amount": 1, "at": "2026-12-31T15:59:00Z"})
    cloud.control.set_clock(datetime(2027, 1, 2, tzinfo=UTC))
    (row,) = transactions(cloud).account_transactions_list.account_transactions_list
    assert (row.transaction_time, row.remarks) == ("2026-12-31T16:00:00Z", "settlement of 2026-12")


def test_a_subscription_is_paid_at_once(cloud: RunningCloud, account: str) -> None:
    cloud.control.spend({"account": account, "amount": 300, "subscription_type": "Subscription"})
    assert balance(cloud).available_cash_amount == "700.00"


def test_spend_that_is_dated_ahead_counts_when_its_hour_has_come(cloud: RunningCloud, account: str) -> None:
    cloud.control.spend({"account": account, "hourly": [1, 2, 4], "at": "2026-03-10T01:00:00+00:00"})
    seen = []
    for _ in range(4):
        seen.append(balance(cloud).available_amount)
        cloud.control.advance(HOUR)
    assert seen == ["1,000.00", "999.00", "997.00", "993.00"]


def test_entries_of_one_time_are_booked_in_the_order_they_came(cloud: RunningCloud, account: str) -> None:
    at = {"account": account, "at": "2026-03-10T02:00:00Z"}
    cloud.control.spend({"account": account, "amount": 1, "at": "2026-03-10T01:00:00Z"}, {**at, "amount": 2})
    cloud.control.advance(HOUR)
    cloud.control.move({**at, "amount": 4})
    cloud.control.spend({**at, "amount": 8})
    cloud.control.advance(HOUR)
    assert balance(cloud).available_amount == "993.00"


def test_spend_that_is_reported_after_its_month_was_settled_is_paid_at_once(cloud: RunningCloud, account: str) -> None:
    cloud.control.spend({"account": account, "amount": 1})
    cloud.control.advance(31 * DAY)
    assert balance(cloud).available_cash_amount == "999.00"
    cloud.control.spend({"account": account, "amount": 2, "at": "2026-03-20T00:00:00Z"})
    data = balance(cloud)
    assert (data.available_amount, data.available_cash_amount) == ("997.00", "997.00")


def test_an_hour_for_all_accounts_is_one_request(cloud: RunningCloud) -> None:
    cloud.control.set_clock(START)
    cloud.control.open_accounts(*({"id": str(number), "balance": 10} for number in range(1000)))
    cloud.control.advance(HOUR, [{"account": str(number), "amount": "0.5"} for number in range(1000)])
    accounts = cloud.control.accounts()
    assert {account["available"] for account in accounts.values()} == {"9.5"}
    assert len(accounts) == 1000


def test_bills_are_a_day_late(cloud: RunningCloud, account: str) -> None:
    cloud.control.spend({"account": account, "amount": "1.5"})
    cloud.control.advance(DAY)
    assert bill(cloud).total_count == 0
    cloud.control.advance(HOUR)
    (row,) = bill(cloud).items.item
    assert (row.pretax_amount, row.outstanding_amount, row.payment_amount) == (1.5, 1.5, 0.0)


def test_a_bill_tells_what_was_paid_from_what_is_owed(cloud: RunningCloud, account: str) -> None:
    cloud.control.spend(
        {"account": account, "amount": 5},
        {"account": account, "amount": 7, "subscription_type": "Subscription"},
    )

    def rows() -> list[tuple[str, float, float]]:
        return [(row.subscription_type, row.payment_amount, row.outstanding_amount) for row in bill(cloud).items.item]

    cloud.control.advance(2 * DAY)
    assert rows() == [("PayAsYouGo", 0.0, 5.0), ("Subscription", 7.0, 0.0)]
    cloud.control.advance(30 * DAY)
    assert rows() == [("PayAsYouGo", 5.0, 0.0), ("Subscription", 7.0, 0.0)]


def test_a_daily_bill_is_that_day_in_shanghai(cloud: RunningCloud, account: str) -> None:
    cloud.control.spend(
        {"account": account, "amount": 1, "at": "2026-03-10T15:00:00Z"},
        {"account": account, "amount": 2, "at": "2026-03-10T16:00:00Z"},
    )
    cloud.control.advance(4 * DAY)
    days = [
        bill(cloud, granularity="DAILY", billing_date=f"2026-03-{day}").items.item[0].pretax_amount for day in (10, 11)
    ]
    assert days == [1.0, 2.0]


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"granularity": "DAILY"}, "MissingBillingDate"),
        ({"granularity": "DAILY", "billing_date": "2026-02-10"}, "InvalidParameter"),
        ({"cycle": ""}, "MissingBillingCycle"),
        ({"cycle": "2026-13"}, "InvalidParameter"),
        ({"cycle": "2024-01"}, "InvalidParameter"),
        ({"page_size": 301}, "InvalidParameter"),
        ({"bill_owner_id": 7}, "InvalidOwner"),
    ],
)
def test_bill_requests_that_are_refused(cloud: RunningCloud, account: str, request_: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientException) as caught:
        bill(cloud, **request_)
    assert (caught.value.status_code, caught.value.code) == (400, code)


def test_bills_by_product_come_in_pages(cloud: RunningCloud, account: str) -> None:
    cloud.control.spend(*({"account": account, "amount": n, "product": f"p{n}"} for n in range(1, 6)))
    cloud.control.advance(2 * DAY)
    pages = [bill(cloud, is_group_by_product=True, page_num=page, page_size=2) for page in (1, 2, 3)]
    assert [[row.product_code for row in page.items.item] for page in pages] == [["p1", "p2"], ["p3", "p4"], ["p5"]]
    assert {page.total_count for page in pages} == {5}
    (one,) = bill(cloud, is_group_by_product=True, product_code="p3").items.item
    assert (one.product_code, one.pretax_amount) == ("p3", 3.0)
    (whole,) = bill(cloud).items.item
    assert (whole.pretax_amount, whole.subscription_type) == (15.0, "PayAsYouGo")


def test_transactions_are_found_by_time_type_and_flow(cloud: RunningCloud, account: str) -> None:
    cloud.control.move({"account": account, "amount": 500})
    cloud.control.advance(HOUR)
    cloud.control.move(
        {"account": account, "amount": "30.5", "type": "Refund", "channel": "AccountBalance"},
        {"account": account, "amount": 100, "type": "Transfer", "flow": "Expense"},
    )
    data = transactions(cloud)
    rows = data.account_transactions_list.account_transactions_list
    assert [(row.transaction_type, row.transaction_flow, row.amount, row.balance) for row in rows] == [
        ("Transfer", "Expense", "100.00", "1430.50"),
        ("Refund", "Income", "30.50", "1530.50"),
        ("Payment", "Income", "500.00", "1500.00"),
    ]
    assert transactions(cloud, transaction_flow="Income").total_count == 2
    assert transactions(cloud, transaction_type="Payment").total_count == 1
    assert transactions(cloud, create_time_start="2026-03-10T00:30:00Z").total_count == 2
    assert transactions(cloud, create_time_end="2026-03-10T00:30:00Z").total_count == 1
    assert transactions(cloud, page_num=2, page_size=2).account_transactions_list.account_transactions_list[
        0
    ].amount == ("500.00")


def test_an_account_without_books_or_without_permission_is_an_error(cloud: RunningCloud) -> None:
    with pytest.raises(ClientException) as caught:
        balance(cloud)
    assert caught.value.code == "NotApplicable"
    cloud.control.open_accounts({"id": cloud.account_id, "billing_denied": True})
    with pytest.raises(ClientException) as caught:
        balance(cloud)
    assert caught.value.code == "NotAuthorized"


def test_what_is_spent_is_what_the_available_amount_falls_by(cloud: RunningCloud, account: str) -> None:
    cloud.control.spend({"account": account, "hourly": ["0.1"] * 24 * 40, "at": START.isoformat()})
    cloud.control.advance(40 * DAY)
    books = cloud.control.accounts()[account]
    assert Decimal(books["available"]) == Decimal(1000) - Decimal("96.0")
    billed = sum(bill(cloud, cycle).items.item[0].pretax_amount for cycle in ("2026-03", "2026-04"))
    assert billed == pytest.approx(96.0 - 2.4)
