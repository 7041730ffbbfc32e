"""What was spent between each balance reading and the next, and what of it were prepaid purchases."""

from __future__ import annotations

from bisect import bisect_left
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise, repeat
from operator import sub
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from shared.frozen import records
from shared.model import ProductCost, Reading, SpendHistory, Transaction, shanghai_day, start_of_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

READ_WITHIN = timedelta(minutes=15)
"""How much later than the timer says a balance may have been read."""
EXPLAINED = Decimal("0.9")
"""A purchase counts as paid from the balance if the balance fell by at least this share of it beyond its usual pace;
otherwise a voucher or a card paid for it."""


class Interval(NamedTuple):
    """What was spent between two readings, and whether that is measured."""

    start: datetime
    end: datetime
    amount: Decimal
    """What was burnt: without ``bought``."""
    measured: bool = True
    bought: tuple[tuple[date, Decimal], ...] = ()
    """The purchases found in it, each with the day of its bill."""


def _intervals(history: SpendHistory) -> list[Interval]:
    """The spend between each reading and the next.

    A rise that no movement explains is a top-up not yet known: its interval is estimated at the measured rate of
    the others, and corrected once the movement is known.
    """
    if not history.readings:
        return []
    ats, available, credit, _ = zip(*history.readings, strict=True)
    left = list(map(sub, available, credit))
    spent = list(map(sub, left, left[1:]))
    for n, known in enumerate(movements_by_interval(history)):
        if known:
            spent[n] += sum(m.amount for m in known)
    count = len(spent)
    intervals = list(records(Interval, ats[:-1], ats[1:], spent, repeat(object=True, times=count), repeat((), count)))
    if min(spent, default=Decimal(0)) >= 0:
        return intervals
    rate = _mean_rate([interval for interval in intervals if interval.amount >= 0])
    return [one if one.amount >= 0 else _estimated(one, rate) for one in intervals]


def _mean_rate(measured: list[Interval]) -> Decimal:
    """The amount a second; 0 if there are no intervals."""
    seconds = sum((_seconds(interval) for interval in measured), Decimal(0))
    return sum((interval.amount for interval in measured), Decimal(0)) / seconds if seconds else Decimal(0)


def _estimated(interval: Interval, rate: Decimal) -> Interval:
    return interval._replace(amount=to_cents(rate * _seconds(interval)), measured=False)


def _seconds(interval: Interval) -> Decimal:
    return Decimal((interval.end - interval.start).total_seconds())


def _risen(before: Reading, after: Reading) -> Decimal:
    """How much the available amount rose, a change of the credit line left out."""
    return (after.available_amount - after.credit_amount) - (before.available_amount - before.credit_amount)


def movements_by_interval(history: SpendHistory) -> Sequence[Sequence[Transaction]]:
    """The movements of each interval between two readings.

    A reading is dated by the timer, and taken up to some minutes later; a movement so close to a reading belongs to
    the interval in which the balance rose, or, if it went out, to the one in which the balance fell.
    """
    if not history.readings:
        return []
    first, last = history.readings[0].at - READ_WITHIN, history.readings[-1].at + READ_WITHIN
    movements = [m for m in history.movements if first <= m.at <= last]
    if not movements:  # as nearly always
        return [()] * (len(history.readings) - 1)
    ends = [reading.at for reading in history.readings]
    shelves: list[list[Transaction]] = [[] for _ in range(len(ends) + 1)]
    for movement in movements:
        shelves[bisect_left(ends, movement.at)].append(movement)
    for n, (a, b) in enumerate(pairwise(history.readings), start=1):
        if not any(a.at - READ_WITHIN <= m.at <= b.at + READ_WITHIN for m in movements):
            continue
        missing = _risen(a, b) - sum(m.amount for m in shelves[n])
        others = [(m, other) for other, shelf in enumerate(shelves) if other != n for m in shelf]
        near = [(m, other) for m, other in others if a.at - READ_WITHIN <= m.at <= b.at + READ_WITHIN]
        for movement, shelf in near:
            if movement.amount > 0 and missing > 0:
                shelves[shelf].remove(movement)
                shelves[n].append(movement)
                missing -= movement.amount
        out = [(m, n - 1 if m.at - a.at <= READ_WITHIN else n + 1) for m in shelves[n] if m.amount < 0]
        for movement, shelf in out:
            if missing > 0 and (shelf < n or b.at - movement.at <= READ_WITHIN):
                shelves[n].remove(movement)
                shelves[shelf].append(movement)
                missing += movement.amount
    return shelves[1:-1]


def by_day(interval: Interval) -> list[tuple[date, Decimal]]:
    """What was burnt of the interval on each of its days. The amounts add up exactly, and none is negative."""
    day, last = shanghai_day(interval.start), shanghai_day(interval.end)
    total, shared_out, shares = _seconds(interval), Decimal(0), []
    while day < last:
        midnight = start_of_day(day + timedelta(days=1))
        elapsed = Decimal((midnight - interval.start).total_seconds())
        share = min(to_cents(interval.amount * elapsed / total), interval.amount) - shared_out
        shares.append((day, share))
        shared_out, day = shared_out + share, shanghai_day(midnight)
    return [*shares, (last, interval.amount - shared_out)]


def to_cents(amount: Decimal) -> Decimal:
    """The amount rounded to cents, halves to the even one."""
    return amount.quantize(Decimal("0.01"))


# ---------------------------------------------------------------- purchases


def burn_intervals(history: SpendHistory) -> list[Interval]:
    """The intervals, the prepaid purchases of open days told apart."""
    intervals = _intervals(history)
    closed = last_closed(history)
    purchases = [c for c in prepaid_purchases(history.products) if c.day > closed]
    usual = _usual_rate(intervals) if purchases else Decimal(0)
    for purchase in purchases:
        _take_out(intervals, purchase, usual)
    return intervals


def prepaid_purchases(costs: Iterable[ProductCost]) -> list[ProductCost]:
    """The prepaid costs, the greatest first: its fall is the easiest to tell."""
    return sorted((c for c in costs if c.prepaid and c.billed_cost > 0), key=lambda c: -c.billed_cost)


def _take_out(intervals: list[Interval], purchase: ProductCost, usual: Decimal) -> None:
    """Tell a purchase apart in the greatest falls of its day, in place; nothing if they do not hold it."""
    beyond = [
        (to_cents(interval.amount - usual * _seconds(interval)), n)
        for n, interval in enumerate(intervals)
        if interval.measured and _reaches_into(interval, purchase.day)
    ]
    beyond = sorted((b for b in beyond if b[0] > 0), key=lambda b: (-b[0], b[1]))
    found = sum((fall for fall, _ in beyond), Decimal(0))
    if found < EXPLAINED * purchase.billed_cost:
        return
    rest = min(found, purchase.billed_cost)
    for fall, n in beyond:
        part, whole = min(fall, rest), intervals[n]
        if part > 0:
            intervals[n] = whole._replace(amount=whole.amount - part, bought=(*whole.bought, (purchase.day, part)))
        rest -= part


def _reaches_into(interval: Interval, day: date) -> bool:
    """Whether some of the interval lies in ``day``; one that ends as the day begins has nothing of it."""
    return shanghai_day(interval.start) <= day and start_of_day(day) < interval.end


def _usual_rate(intervals: list[Interval]) -> Decimal:
    """The middle rate, an amount a second; 0 where too few intervals are known to tell what is usual."""
    rates = [i.amount / _seconds(i) for i in intervals if i.measured]
    return median(rates) if len(rates) >= 3 else Decimal(0)  # noqa: PLR2004 (a middle needs two sides)


def last_closed(history: SpendHistory) -> date:
    """The last day that is folded into a sum; the day before all days if there is none."""
    return history.days[-1].day if history.days else date.min
