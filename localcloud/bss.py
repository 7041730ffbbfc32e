"""BssOpenApi 2017-12-14: an account's balance, bills and money movements.

Every call answers for the account that the caller's key belongs to: for an assumed role, the role's account.
Sources: help.aliyun.com/document_detail/87997.html (QueryAccountBalance), /173109.html (QueryAccountBill), /118472.html
(QueryAccountTransactions).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from localcloud.books import CENT, PAY_AS_YOU_GO, Account, Transaction
from localcloud.clock import SHANGHAI
from localcloud.openapi.errors import ApiError

if TYPE_CHECKING:
    from localcloud.books import Books, Product
    from localcloud.clock import Clock
    from localcloud.openapi.rpc import Call, Operation

VERSION = "2017-12-14"
MAX_PAGE = 300
MEMORY_OF_BILLS = 18
"""Months back for which there are bills."""


class Bss:
    """The billing service."""

    def __init__(self, clock: Clock, books: Books) -> None:
        self._clock = clock
        self._books = books

    def operations(self) -> dict[str, Operation]:
        """Its actions."""
        return {
            "QueryAccountBalance": self.query_account_balance,
            "QueryAccountBill": self.query_account_bill,
            "QueryAccountTransactions": self.query_account_transactions,
        }

    def query_account_balance(self, call: Call) -> dict[str, Any]:
        """Amounts as strings with thousands separators."""
        account = self._account(call)
        data = {
            "AvailableAmount": money(account.available),
            "AvailableCashAmount": money(account.cash),
            "CreditAmount": money(account.credit),
            "MybankCreditAmount": "0.00",
            "QuotaLimit": money(account.quota),
            "Currency": account.currency,
        }
        return {"Code": "200", "Message": "Successful!", "Success": True, "Data": data}

    def query_account_bill(self, call: Call) -> dict[str, Any]:
        """A month or a day, by subscription type, or by product as well; 24 hours late."""
        account = self._account(call)
        self._own(call, account)
        cycle = self._cycle(call)
        daily = call.optional("Granularity", "MONTHLY").upper() == "DAILY"
        first, last = _day(call, cycle) if daily else (cycle, _last_of_month(cycle))
        sums = account.billed(first, last, self._clock.now())
        rows = self._rows(call, account, cycle, sums)
        for row in rows:
            row["BillingDate"] = first.isoformat() if daily else ""
        data = {"AccountID": account.account_id, "AccountName": account.name, "BillingCycle": f"{cycle:%Y-%m}"}
        return _success(data | _page(call, rows, "Items", "Item"))

    def query_account_transactions(self, call: Call) -> dict[str, Any]:
        """Money movements, newest first; by default those of the last month."""
        account = self._account(call)
        now = self._clock.now()
        start = _time(call, "CreateTimeStart", now - timedelta(days=30))
        end = _time(call, "CreateTimeEnd", now)
        rows = [
            _transaction_row(transaction)
            for transaction in reversed(account.transactions)
            if start <= transaction.movement.at <= end and _wanted(call, transaction)
        ]
        data = {"AccountName": account.name}
        return _success(data | _page(call, rows, "AccountTransactionsList", "AccountTransactionsList"))

    def _account(self, call: Call) -> Account:
        try:
            account = self._books.find(call.identity.account_id)
        except KeyError:
            raise ApiError(400, "NotApplicable", "This API is not applicable for caller.") from None
        if account.denied:
            raise ApiError(400, "NotAuthorized", "This API is not authorized for caller.")
        return account

    def _own(self, call: Call, account: Account) -> None:
        for name in ("BillOwnerId", "OwnerID"):
            if call.optional(name, account.account_id) != account.account_id:
                raise ApiError(400, "InvalidOwner", "The specified owner doesn't belong to caller.")

    def _cycle(self, call: Call) -> date:
        try:
            year, month = call.text("BillingCycle").split("-")
            cycle = date(int(year), int(month), 1)
        except ValueError:
            raise ApiError(400, "InvalidParameter", "The specified parameter BillingCycle is not valid.") from None
        today = self._clock.now().astimezone(SHANGHAI)
        if not 0 <= (today.year - cycle.year) * 12 + today.month - cycle.month <= MEMORY_OF_BILLS:
            raise ApiError(400, "InvalidParameter", "The specified parameter BillingCycle is not valid.")
        return cycle

    def _rows(self, call: Call, account: Account, cycle: date, sums: dict[Product, Decimal]) -> list[dict[str, Any]]:
        wanted = call.optional("ProductCode")
        by_product = call.flag("IsGroupByProduct")
        today = self._clock.now().astimezone(SHANGHAI)
        grouped: dict[Product, Decimal] = {}
        for (product, kind), amount in sums.items():
            if wanted in {"", product}:
                group = (product if by_product else "", kind)
                grouped[group] = grouped.get(group, Decimal(0)) + amount
        open_month = (cycle.year, cycle.month) == (today.year, today.month)
        return [_bill_row(account, group, grouped[group], open_month=open_month) for group in sorted(grouped)]


def money(amount: Decimal) -> str:
    """Two places, thousands separated, as the real service writes them."""
    return f"{amount.quantize(CENT, ROUND_HALF_UP):,}"


def _bill_row(account: Account, product: Product, amount: Decimal, *, open_month: bool) -> dict[str, Any]:
    code, kind = product
    value = float(round(amount, 6))
    owed = value if open_month and kind == PAY_AS_YOU_GO else 0.0
    names = {"AccountID": account.account_id, "AccountName": account.name}
    return {
        "BillAccountID": names["AccountID"],
        "BillAccountName": names["AccountName"],
        "OwnerID": names["AccountID"],
        "OwnerName": names["AccountName"],
        "ProductCode": code,
        "ProductName": code,
        "PipCode": code,
        "SubscriptionType": kind,
        "BizType": "",
        "CostUnit": "",
        "Currency": account.currency,
        "PretaxGrossAmount": value,
        "PretaxAmount": value,
        "InvoiceDiscount": 0.0,
        "DeductedByCoupons": 0.0,
        "DeductedByCashCoupons": 0.0,
        "DeductedByPrepaidCard": 0.0,
        "AdjustAmount": 0.0,
        "PaymentAmount": value - owed,
        "CashAmount": value - owed,
        "OutstandingAmount": owed,
    }


def _transaction_row(transaction: Transaction) -> dict[str, Any]:
    movement = transaction.movement
    return {
        "TransactionNumber": transaction.number,
        "TransactionTime": f"{movement.at:%Y-%m-%dT%H:%M:%SZ}",
        "TransactionFlow": movement.flow,
        "TransactionType": movement.kind,
        "TransactionChannel": movement.channel,
        "TransactionChannelSN": f"SN{transaction.number}",
        "FundType": "cash",
        "RecordID": transaction.number,
        "Remarks": movement.remarks,
        "BillingCycle": f"{movement.at.astimezone(SHANGHAI):%Y-%m}",
        "Amount": f"{movement.amount.quantize(CENT, ROUND_HALF_UP)}",
        "Balance": f"{transaction.balance.quantize(CENT, ROUND_HALF_UP)}",
        "TransactionAccount": "",
    }


def _wanted(call: Call, transaction: Transaction) -> bool:
    movement = transaction.movement
    conditions = {
        "TransactionType": movement.kind,
        "TransactionFlow": movement.flow,
        "TransactionChannel": movement.channel,
        "TransactionNumber": transaction.number,
        "RecordID": transaction.number,
    }
    return all(call.optional(name) in {"", value} for name, value in conditions.items())


def _page(call: Call, rows: list[dict[str, Any]], outer: str, inner: str) -> dict[str, Any]:
    number = call.integer("PageNum", 1)
    size = call.integer("PageSize", 20, high=MAX_PAGE)
    shown = rows[(number - 1) * size : number * size]
    return {"PageNum": number, "PageSize": size, "TotalCount": len(rows), outer: {inner: shown}}


def _success(data: dict[str, Any]) -> dict[str, Any]:
    return {"Code": "Success", "Message": "Successful!", "Success": True, "Data": data}


def _day(call: Call, cycle: date) -> tuple[date, date]:
    try:
        day = date.fromisoformat(call.text("BillingDate"))
    except ValueError:
        raise ApiError(400, "InvalidParameter", "The specified parameter BillingDate is not valid.") from None
    if (day.year, day.month) != (cycle.year, cycle.month):
        raise ApiError(400, "InvalidParameter", "BillingDate must lie in the month of BillingCycle.")
    return day, day


def _last_of_month(cycle: date) -> date:
    return date(cycle.year + cycle.month // 12, cycle.month % 12 + 1, 1) - timedelta(days=1)


def _time(call: Call, name: str, default: datetime) -> datetime:
    text = call.optional(name)
    try:
        moment = datetime.fromisoformat(text) if text else default
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ApiError(400, "InvalidParameter", f"The specified parameter {name} is not valid.")
    return moment
