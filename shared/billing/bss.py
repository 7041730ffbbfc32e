"""An account's money by BssOpenApi 2017-12-14, read with the customer's role."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

from shared.billing.amounts import amount_from_number, amount_from_text
from shared.billing.failures import EXPIRED, unreadable
from shared.errors import UnexpectedAnswer, Unreachable
from shared.model import Balance, ProductCost, Transaction, TransactionKind
from shared.openapi import DEFAULT_TIMEOUTS, CallFailed, Rejected, Timeouts, call, client_config
from shared.vendor import sparing

with sparing():
    from alibabacloud_bssopenapi20171214.client import Client
    from alibabacloud_bssopenapi20171214.models import QueryAccountBillRequest, QueryAccountTransactionsRequest

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from shared.billing.access import CustomerAccess
    from shared.billing.pace import Pace
    from shared.keys import Credentials
    from shared.model import Account
    from shared.openapi import Untyped

PAGE_SIZE = 100
PREPAID = "Subscription"
T = TypeVar("T")

_FLOWS = {"Income": 1, "Expense": -1}


class BssBilling:
    """The port ``Billing``; may be used by many threads, one account each."""

    def __init__(
        self, access: CustomerAccess, endpoint: str, timeouts: Timeouts = DEFAULT_TIMEOUTS, pace: Pace | None = None
    ) -> None:
        """``endpoint`` is ``business.aliyuncs.com`` for accounts of the China site."""
        self._access = access
        self._endpoint = endpoint
        self._timeouts = timeouts
        self._pace = pace

    def fetch_balance(self, account: Account, now: datetime) -> Balance:
        """QueryAccountBalance (help.aliyun.com/document_detail/87997.html): it knows the caller's own account only."""
        data = self._read(account, now, Client.query_account_balance_with_options)
        return Balance(
            at=now,
            currency=_present(account, data, "currency"),
            available_amount=_parsed(account, data, "available_amount", amount_from_text),
            credit_amount=_parsed(account, data, "credit_amount", amount_from_text),
            quota=_quota(account, data),
        )

    def fetch_transactions(self, account: Account, since: datetime, until: datetime) -> tuple[Transaction, ...]:
        """QueryAccountTransactions (help.aliyun.com/document_detail/118472.html)."""

        def read(page: int) -> tuple[int, list[Untyped]]:
            self._take_turn("QueryAccountTransactions", account)
            request = QueryAccountTransactionsRequest(
                create_time_start=_written(since), create_time_end=_written(until), page_num=page, page_size=PAGE_SIZE
            )
            data = self._read(account, None, Client.query_account_transactions_with_options, request)
            return _page(account, data, data.account_transactions_list, "account_transactions_list")

        found = (_transaction(account, row) for row in _all_pages(account, read))
        # Whether the ends of the range belong to it is not documented.
        return tuple(sorted((one for one in found if since <= one.at < until), key=lambda one: one.at))

    def fetch_bill(self, account: Account, day: date) -> tuple[ProductCost, ...]:
        """QueryAccountBill by day and product (help.aliyun.com/document_detail/173109.html)."""

        def read(page: int) -> tuple[int, list[Untyped]]:
            self._take_turn("QueryAccountBill", account)
            request = QueryAccountBillRequest(
                billing_cycle=f"{day:%Y-%m}",
                billing_date=day.isoformat(),
                granularity="DAILY",
                is_group_by_product=True,
                page_num=page,
                page_size=PAGE_SIZE,
            )
            data = self._read(account, None, Client.query_account_bill_with_options, request)
            return _page(account, data, data.items, "item")

        return tuple(_product_cost(account, day, row) for row in _all_pages(account, read))

    def _take_turn(self, operation: str, account: Account) -> None:
        if self._pace is not None:
            self._pace.wait(operation, account.account_id)

    def _read(
        self, account: Account, now: datetime | None, operation: Callable[..., Untyped], *request: object
    ) -> Untyped:
        """The ``Data`` of one operation's answer; a token that expired is renewed once."""
        key = self._access.credentials(account, now)
        try:
            try:
                body = self._call(key, operation, *request)
            except Rejected as failure:
                if failure.code not in EXPIRED or account.role_arn is None:
                    raise
                self._access.forget(account, key)
                body = self._call(self._access.credentials(account, now), operation, *request)
        except CallFailed as failure:
            raise unreadable(failure, account) from failure
        return _data(account, body)

    def _call(self, key: Credentials, operation: Callable[..., Untyped], *request: object) -> Untyped:
        # A client of its own for each key is cheap: connections belong to the SDK's process-wide pool.
        client = Client(client_config(key, self._endpoint, self._timeouts))
        return call(operation, client, *request)


def _data(account: Account, body: Untyped) -> Untyped:
    """The envelope is judged by ``Success``: ``Code`` of a success is 200 in some operations and Success in others."""
    if body.success is not True:
        failure = Rejected(str(body.code or ""), str(body.message or ""), status=200, request_id=body.request_id or "")
        raise unreadable(failure, account)
    if body.data is None:
        raise _missing(account, "Data")
    return body.data


def _page(account: Account, data: Untyped, rows: Untyped, name: str) -> tuple[int, list[Untyped]]:
    """How many rows there are in all, and those of this page; only an empty result may lack its list."""
    total = _present(account, data, "total_count")
    if not total:
        return 0, []
    return total, _present(account, rows, name)


def _all_pages(account: Account, read: Callable[[int], tuple[int, list[Untyped]]]) -> list[Untyped]:
    """The rows of all pages; rows that come or go in between would be missed or doubled, so that a reading fails."""
    total, rows = read(1)
    page = 1
    while len(rows) < total:
        page += 1
        now_total, more = read(page)
        if now_total != total or not more:
            raise Unreachable(f"account {account.account_id}: the list changed while it was read")
        rows = rows + more
    return rows


def _transaction(account: Account, row: Untyped) -> Transaction:
    amount = abs(_parsed(account, row, "amount", amount_from_text))
    sign = _parsed(account, row, "transaction_flow", lambda flow: _FLOWS[flow])
    return Transaction(
        transaction_id=_present(account, row, "transaction_number"),
        at=_parsed(account, row, "transaction_time", _moment),
        kind=_parsed(account, row, "transaction_type", lambda kind: TransactionKind(kind.lower())),
        amount=sign * amount,
    )


def _product_cost(account: Account, day: date, row: Untyped) -> ProductCost:
    """PretaxAmount is what the product cost after discounts, whatever it was paid with."""
    code = _present(account, row, "product_code")
    if _present(account, row, "currency") != account.currency:
        raise UnexpectedAnswer(f"account {account.account_id}: the bill is in {row.currency}, not {account.currency}")
    return ProductCost(
        day=day,
        product_code=code,
        product_name=row.product_name or code,
        billed_cost=_parsed(account, row, "pretax_amount", amount_from_number),
        prepaid=_present(account, row, "subscription_type") == PREPAID,
    )


def _quota(account: Account, data: Untyped) -> Decimal:
    """QuotaLimit is for accounts of the ecosystem; others have none, and the field may stay away."""
    return _parsed(account, data, "quota_limit", amount_from_text) if data.quota_limit else Decimal(0)


def _present(account: Account, part: Untyped, name: str) -> Untyped:
    """A field that has to be there: none of them has a default."""
    value = getattr(part, name, None)
    if value is None:
        raise _missing(account, name)
    return value


def _parsed(account: Account, part: Untyped, name: str, parse: Callable[[Untyped], T]) -> T:
    value = _present(account, part, name)
    try:
        return parse(value)
    except (ValueError, KeyError, AttributeError, TypeError):
        raise UnexpectedAnswer(f"account {account.account_id}: {name} is {value!r}") from None


def _missing(account: Account, name: str) -> UnexpectedAnswer:
    return UnexpectedAnswer(f"account {account.account_id}: the answer lacks {name}")


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"a time without zone: {text}")
    return at.astimezone(UTC)


def _written(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
