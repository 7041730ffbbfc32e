"""Balance readings and movements of money -> what an account spent, day by day.

Between two readings of the available amount, spend is the fall plus what came in meanwhile. The sum of the series
is therefore exactly what was spent between the first and the last reading, as long as the movements are known.
An interval that crosses midnight is shared out by time. Consumption entries are not movements: they settle spend
that the available amount has already fallen by (since 1 April 2024 bills freeze available credit hourly and are
debited at the start of the next month; help.aliyun.com, "updates on the bill settlement policy").
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from shared.model import (
    SHANGHAI,
    Balance,
    Certainty,
    DaySpend,
    ProductCost,
    Reading,
    SpendHistory,
    SpendSeries,
    Transaction,
    TransactionKind,
    shanghai_day,
    start_of_day,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

OPEN_DAYS = 2
"""Days before today that are kept as readings, so that a movement that becomes known late still corrects them."""
KEPT_DAYS = 90
"""Closed days that are kept: what the projection looks back on."""
KEPT_BILL_DAYS = 8
LONG_GAP = timedelta(hours=6)
"""An interval longer than this tells the sum, but not on which day it was spent."""
READ_WITHIN = timedelta(minutes=15)
"""How much later than the timer says a balance may have been read."""
WHOLE_DAY = 0.9
"""The share of a day that must be covered by readings for its spend to count as known."""
MOVEMENTS_EVERY = timedelta(hours=24)
FIRST_MOVEMENTS = timedelta(days=30)

_DAY = Decimal(86400)


def movements_due(history: SpendHistory, balance: Balance) -> datetime | None:
    """Since when transactions should be asked for now; None if not at all.

    They are asked for once a day, and at once when the balance rose: someone topped up.
    """
    if history.movements_until is None:
        return balance.at - FIRST_MOVEMENTS
    rose = bool(history.readings) and balance.available_amount > history.readings[-1].available_amount
    if rose or balance.at - history.movements_until >= MOVEMENTS_EVERY:
        return min(history.movements_until, balance.at) - timedelta(hours=1)
    return None


def bill_due(history: SpendHistory, now: datetime) -> date | None:
    """The day whose bill should be asked for now: the day before yesterday, which is complete; None if it is known."""
    day = shanghai_day(now) - timedelta(days=2)
    return day if history.bills_until is None or history.bills_until < day else None


def with_reading(history: SpendHistory, balance: Balance) -> SpendHistory:
    """The history with one more reading; a reading not newer than the last changes nothing."""
    if history.readings and balance.at <= history.readings[-1].at:
        return history
    reading = Reading(balance.at, balance.available_amount)
    return _close_days(replace(history, readings=(*history.readings, reading)))


def with_movements(history: SpendHistory, movements: Iterable[Transaction], until: datetime) -> SpendHistory:
    """The history with what moved up to ``until``; a movement known already is known once."""
    known = {m.transaction_id: m for m in history.movements}
    known |= {m.transaction_id: m for m in movements if m.kind is not TransactionKind.CONSUMPTION}
    ordered = tuple(sorted(known.values(), key=lambda m: (m.at, m.transaction_id)))
    return replace(history, movements=ordered, movements_until=until)


def with_bill(history: SpendHistory, costs: Iterable[ProductCost], day: date) -> SpendHistory:
    """The history with the bill of ``day`` in place of what was known of it."""
    kept = [c for c in history.products if c.day != day and c.day > day - timedelta(days=KEPT_BILL_DAYS)]
    ordered = sorted([*kept, *costs], key=lambda c: (c.day, c.product_code, c.prepaid))
    return replace(history, products=tuple(ordered), bills_until=day)


def last_top_up(history: SpendHistory) -> Transaction | None:
    """The most recent payment or transfer into the account, as far as it is remembered."""
    paid = [
        m for m in history.movements if m.amount > 0 and m.kind in {TransactionKind.PAYMENT, TransactionKind.TRANSFER}
    ]
    return paid[-1] if paid else None


def spend_series(history: SpendHistory, currency: str, now: datetime) -> SpendSeries:
    """Spend by day up to yesterday, and today's so far; days without a reading stand as missing."""
    today = shanghai_day(now)
    known = {d.day: d for d in (*history.days, *_open_days(history)) if d.day <= today}
    spent_today = known.pop(today).amount if today in known else Decimal(0)
    days: tuple[DaySpend, ...] = ()
    if known:
        first = max(min(known), today - timedelta(days=KEPT_DAYS))
        span = (first + timedelta(days=n) for n in range((today - first).days))
        days = tuple(known.get(day, DaySpend(day, Decimal(0), Certainty.MISSING)) for day in span)
    return SpendSeries(currency, days, today, spent_today, _known_since(history))


# ---------------------------------------------------------------- intervals between readings


@dataclass(frozen=True, slots=True)
class _Interval:
    """What was spent between two readings, and whether that is measured."""

    start: datetime
    end: datetime
    amount: Decimal
    measured: bool


def _intervals(history: SpendHistory) -> list[_Interval]:
    """The spend between each reading and the next.

    A rise that no movement explains is a top-up not yet known: its interval is estimated at the measured rate of
    the others, and corrected once the movement is known.
    """
    pairs = list(pairwise(history.readings))
    moved = _by_interval(history)
    raw = [a.available_amount - b.available_amount + sum(m.amount for m in moved[n]) for n, (a, b) in enumerate(pairs)]
    measured = [(amount, b.at - a.at) for amount, (a, b) in zip(raw, pairs, strict=True) if amount >= 0]
    seconds = sum((Decimal(length.total_seconds()) for _, length in measured), Decimal(0))
    rate = sum((amount for amount, _ in measured), Decimal(0)) / seconds if seconds else Decimal(0)
    return [
        _Interval(a.at, b.at, amount, measured=True)
        if amount >= 0
        else _Interval(a.at, b.at, _cents(rate * Decimal((b.at - a.at).total_seconds())), measured=False)
        for amount, (a, b) in zip(raw, pairs, strict=True)
    ]


def _by_interval(history: SpendHistory) -> list[list[Transaction]]:
    """The movements of each interval between two readings.

    A reading is dated by the timer, and taken up to some minutes later; a movement so close to a reading belongs to
    the interval in which the balance rose.
    """
    pairs = list(pairwise(history.readings))
    moved = [[m for m in history.movements if a.at < m.at <= b.at] for a, b in pairs]
    if not pairs:
        return []
    first, last = history.readings[0].at, history.readings[-1].at
    before = [m for m in history.movements if first - READ_WITHIN <= m.at <= first]
    after = [m for m in history.movements if last < m.at <= last + READ_WITHIN]
    shelves = [before, *moved, after]
    for n, (a, b) in enumerate(pairs, start=1):
        missing = b.available_amount - a.available_amount - sum(m.amount for m in shelves[n])
        near = [(m, n - 1) for m in shelves[n - 1] if a.at - m.at <= READ_WITHIN]
        near += [(m, n + 1) for m in shelves[n + 1] if m.at - b.at <= READ_WITHIN]
        for movement, shelf in near:
            if movement.amount > 0 and missing > 0:
                shelves[shelf].remove(movement)
                shelves[n].append(movement)
                missing -= movement.amount
    return shelves[1:-1]


def _shares(interval: _Interval) -> Iterator[tuple[date, Decimal, float]]:
    """The interval by day: (day, amount, seconds of that day). The amounts add up exactly."""
    rest, start, total = interval.amount, interval.start, Decimal((interval.end - interval.start).total_seconds())
    while (day := shanghai_day(start)) < shanghai_day(interval.end):
        midnight = start_of_day(day + timedelta(days=1))
        share = _cents(interval.amount * Decimal((midnight - start).total_seconds()) / total)
        yield day, share, (midnight - start).total_seconds()
        rest, start = rest - share, midnight
    yield shanghai_day(interval.end), rest, (interval.end - start).total_seconds()


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"))


# ---------------------------------------------------------------- days


def _open_days(history: SpendHistory) -> list[DaySpend]:
    """The days that are still kept as readings, oldest first."""
    amounts: dict[date, Decimal] = {}
    covered: dict[date, float] = {}
    guessed: set[date] = set()
    for interval in _intervals(history):
        for day, amount, seconds in _shares(interval):
            amounts[day] = amounts.get(day, Decimal(0)) + amount
            covered[day] = covered.get(day, 0.0) + seconds
            if not interval.measured or interval.end - interval.start > LONG_GAP:
                guessed.add(day)
    closed = history.days[-1].day if history.days else date.min
    return [
        DaySpend(day, amounts[day], _certainty(covered[day], guessed=day in guessed))
        for day in sorted(amounts)
        if day > closed
    ]


def _certainty(covered_seconds: float, *, guessed: bool) -> Certainty:
    if covered_seconds < WHOLE_DAY * float(_DAY):
        return Certainty.MISSING
    return Certainty.ESTIMATED if guessed else Certainty.MEASURED


def _close_days(history: SpendHistory) -> SpendHistory:
    """Fold days older than ``OPEN_DAYS`` into sums, and drop the readings that nothing needs any more."""
    oldest_open = shanghai_day(history.readings[-1].at) - timedelta(days=OPEN_DAYS)
    if shanghai_day(history.readings[0].at) >= oldest_open:
        return history
    closing = [d for d in _open_days(history) if d.day < oldest_open]
    boundary = start_of_day(oldest_open)
    before = [r for r in history.readings if r.at < boundary]
    kept = tuple(r for r in history.readings if r.at >= boundary)
    readings = (before[-1], *kept) if before else kept
    days = tuple(d for d in (*history.days, *closing) if d.day >= oldest_open - timedelta(days=KEPT_DAYS))
    latest = last_top_up(history)
    movements = tuple(m for m in history.movements if m.at > readings[0].at or m is latest)
    return replace(history, readings=readings, days=days, movements=movements)


def _known_since(history: SpendHistory) -> datetime | None:
    if history.days:
        return start_of_day(history.days[0].day)
    return history.readings[0].at if history.readings else None


def day_elapsed(now: datetime) -> float:
    """The share of the Asia/Shanghai day that has passed, 0 up to 1."""
    local = now.astimezone(SHANGHAI)
    return (local.hour * 3600 + local.minute * 60 + local.second) / float(_DAY)
