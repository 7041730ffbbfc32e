"""Account books: what an account has, what it spends, and what its bills say.

The rules are those of the settlement in force since April 2024: pay-as-you-go bills reduce the available amount at
once, but the cash only at the start of the next month, in one sum rounded to cents. Subscriptions are paid at once.
Available amount = cash + credit - uncleared. Entries may be dated ahead: they count when the clock reaches them.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from localcloud.clock import SHANGHAI

if TYPE_CHECKING:
    from collections.abc import Iterable

    from localcloud.clock import Clock

BILL_DELAY = timedelta(hours=24)
"""Age at which an hour of spend appears in bills."""
CENT = Decimal("0.01")
PAY_AS_YOU_GO = "PayAsYouGo"
Month = tuple[int, int]
Product = tuple[str, str]
"""Product code and subscription type."""


@dataclass(frozen=True, slots=True)
class Spend:
    """One charge, in the account's currency."""

    at: datetime
    amount: Decimal
    product: str = "ecs"
    subscription_type: str = PAY_AS_YOU_GO
    """PayAsYouGo or Subscription."""


@dataclass(frozen=True, slots=True)
class Movement:
    """Money that comes or goes other than by spend; the amount is positive, the flow gives its direction."""

    at: datetime
    amount: Decimal
    kind: str = "Payment"
    """Payment (a top-up), Withdraw, Refund, Consumption, Transfer or Adjust."""
    flow: str = "Income"
    """Income or Expense."""
    channel: str = "Alipay"
    remarks: str = ""


@dataclass(frozen=True, slots=True)
class Transaction:
    """A movement as booked: with its number, and the cash after it."""

    number: str
    movement: Movement
    balance: Decimal


@dataclass(slots=True)
class Account:
    """One account's books."""

    account_id: str
    name: str = ""
    currency: str = "CNY"
    cash: Decimal = Decimal(0)
    credit: Decimal = Decimal(0)
    quota: Decimal = Decimal(0)
    denied: bool = False
    """Whether the billing API answers NotAuthorized for this account."""
    uncleared: Decimal = Decimal(0)
    month: Month | None = None
    """The month that ``uncleared`` belongs to; None before the first entry."""
    transactions: list[Transaction] = field(default_factory=list)
    """Oldest first."""
    bills: dict[date, dict[str, dict[str, dict[int, Decimal]]]] = field(default_factory=dict)
    """Spend by day, subscription type, product and hour (hours since 1970)."""
    ahead: list[tuple[datetime, int, Spend | Movement]] = field(default_factory=list)
    """Heap of entries that are still to come; the number keeps those of one time in their order."""
    entered: int = 0
    """Entries so far."""

    @property
    def available(self) -> Decimal:
        """What can still be spent, to six places."""
        return self.cash + self.credit - self.uncleared

    def enter(self, entry: Spend | Movement, now: datetime) -> None:
        """Book ``entry``, or keep it until its time has come."""
        self.entered += 1
        if entry.at > now or self.ahead:
            heapq.heappush(self.ahead, (entry.at, self.entered, entry))
            self.bring_up(now)
        else:
            self._book(entry)

    def bring_up(self, now: datetime) -> None:
        """Book what has come due by ``now``, and settle the months that are over."""
        while self.ahead and self.ahead[0][0] <= now:
            self._book(heapq.heappop(self.ahead)[2])
        if self.month is not None:
            self._settle_until(_month(now))

    def billed(self, first: date, last: date, now: datetime) -> dict[Product, Decimal]:
        """Spend by product from ``first`` to ``last`` (both included), as far as bills show it at ``now``."""
        newest = int((now - BILL_DELAY).timestamp()) // 3600
        sums: dict[Product, Decimal] = defaultdict(Decimal)
        for day in (first + timedelta(n) for n in range((last - first).days + 1)):
            for kind, products in self.bills.get(day, {}).items():
                for product, hours in products.items():
                    shown = [amount for hour, amount in hours.items() if hour < newest]
                    if shown:
                        sums[product, kind] += sum(shown, Decimal(0))
        return dict(sums)

    def _book(self, entry: Spend | Movement) -> None:
        month = _month(entry.at)
        if self.month is None:
            self.month = month
        self._settle_until(month)
        if isinstance(entry, Movement):
            self._move(entry)
            return
        kinds = self.bills.setdefault(entry.at.astimezone(SHANGHAI).date(), {})
        hours = kinds.setdefault(entry.subscription_type, {}).setdefault(entry.product, {})
        hour = int(entry.at.timestamp()) // 3600
        hours[hour] = hours.get(hour, Decimal(0)) + entry.amount
        if entry.subscription_type == PAY_AS_YOU_GO and month == self.month:
            self.uncleared += entry.amount
        else:
            self._move(Movement(entry.at, entry.amount, "Consumption", "Expense", "AccountBalance", entry.product))

    def _settle_until(self, month: Month) -> None:
        if self.month is None or month <= self.month:
            return
        if self.uncleared:
            year, number = self.month
            start = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=SHANGHAI).astimezone(UTC)
            due = self.uncleared.quantize(CENT, ROUND_HALF_UP)
            self.uncleared = Decimal(0)
            remarks = f"settlement of {year}-{number:02d}"
            self._move(Movement(start, due, "Consumption", "Expense", "AccountBalance", remarks))
        self.month = month

    def _move(self, movement: Movement) -> None:
        self.cash += movement.amount if movement.flow == "Income" else -movement.amount
        number = f"{movement.at.astimezone(SHANGHAI):%Y%m%d}{self.account_id[-8:]}{len(self.transactions) + 1:08d}"
        self.transactions.append(Transaction(number, movement, self.cash))


class Books:
    """The books of all accounts."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._accounts: dict[str, Account] = {}

    def open(self, account: Account) -> None:
        """Take over an account's books; an account of that id is replaced."""
        self._accounts[account.account_id] = account

    def find(self, account_id: str) -> Account:
        """An account as of now.

        Raises:
            KeyError: There is no such account.
        """
        account = self._accounts[account_id]
        account.bring_up(self._clock.now())
        return account

    def enter(self, account_id: str, entry: Spend | Movement) -> None:
        """Book an entry.

        Raises:
            KeyError: There is no such account.
        """
        self._accounts[account_id].enter(entry, self._clock.now())

    def require(self, account_ids: Iterable[str]) -> None:
        """Make sure that all these accounts exist.

        Raises:
            KeyError: One does not.
        """
        for account_id in account_ids:
            if account_id not in self._accounts:
                raise KeyError(account_id)

    def all(self) -> list[Account]:
        """All accounts as of now."""
        return [self.find(account_id) for account_id in self._accounts]

    def reset(self) -> None:
        """Forget all accounts."""
        self._accounts.clear()


def _month(moment: datetime) -> Month:
    local = moment.astimezone(SHANGHAI)
    return local.year, local.month
