"""What was spent between each balance reading and the next, and what of it were prepaid purchases."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from operator import sub
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from shared.frozen import frozen, replace
from shared.model import ProductCost, Reading, SpendHistory, Transaction, shanghai_day, start_of_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

READ_WITHIN = timedelta(minutes=15)
"""How much later than it is dated, by the timer, a balance may have been read; one that is read later is dated so."""
EXPLAINED = Decimal("0.9")
"""A purchase counts as paid from the balance if the balance fell by at least this share of it beyond its usual pace;
otherwise a voucher or a card paid for it."""


class Interval(NamedTuple):
    """What was burnt between two readings."""

    start: datetime
    end: datetime
    amount: Decimal


@frozen
class Intervals:
    """What was spent between each reading and the next, in columns: of many intervals few are looked at alone."""

    edges: tuple[datetime, ...] = ()
    """The moments of the readings: the n-th interval lies between the n-th and the one after it."""
    burnt: tuple[Decimal, ...] = ()
    """What was burnt in each, purchases not in it."""
    estimated: frozenset[int] = frozenset()
    """The places of those of which that is not measured."""
    bought: Mapping[int, tuple[tuple[date, Decimal], ...]] = field(default_factory=dict)
    """By place, the purchases found in an interval, each with the day of its bill."""

    def __getitem__(self, place: int) -> Interval:
        return Interval(self.edges[place], self.edges[place + 1], self.burnt[place])

    @property
    def measured(self) -> list[int]:
        """The places of the others."""
        return [place for place in range(len(self.burnt)) if place not in self.estimated]

    def seconds(self, place: int) -> Decimal:
        """How long an interval is."""
        return _seconds(self.edges[place], self.edges[place + 1])


def _intervals(history: SpendHistory) -> Intervals:
    """The spend between each reading and the next.

    A rise that no movement explains is a top-up not yet known: its interval is estimated at the measured rate of
    the others, and corrected once the movement is known.
    """
    if not history.readings:
        return Intervals()
    ats, available, credit, _ = zip(*history.readings, strict=True)
    left = list(map(sub, available, credit))
    fallen = list(map(sub, left, left[1:]))
    for place, known in enumerate(movements_by_interval(history)):
        if known:
            fallen[place] += sum(m.amount for m in known)
    if min(fallen, default=Decimal(0)) >= 0:
        return Intervals(ats, tuple(fallen))
    raw = Intervals(ats, tuple(fallen), frozenset(place for place, fall in enumerate(fallen) if fall < 0))
    rate = _mean_rate(raw)
    for place in raw.estimated:
        fallen[place] = to_cents(rate * raw.seconds(place))
    return replace(raw, burnt=tuple(fallen))


def _mean_rate(intervals: Intervals) -> Decimal:
    """The amount a second where it is measured; 0 if it is nowhere."""
    measured = intervals.measured
    seconds = sum((intervals.seconds(place) for place in measured), Decimal(0))
    return sum((intervals.burnt[place] for place in measured), Decimal(0)) / seconds if seconds else Decimal(0)


def _seconds(start: datetime, end: datetime) -> Decimal:
    return Decimal((end - start).total_seconds())


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
    if day == last:  # as nearly always
        return [(day, interval.amount)]
    total, shared_out, shares = _seconds(interval.start, interval.end), Decimal(0), []
    while day < last:
        midnight = start_of_day(day + timedelta(days=1))
        elapsed = _seconds(interval.start, midnight)
        share = min(to_cents(interval.amount * elapsed / total), interval.amount) - shared_out
        shares.append((day, share))
        shared_out, day = shared_out + share, shanghai_day(midnight)
    return [*shares, (last, interval.amount - shared_out)]


def to_cents(amount: Decimal) -> Decimal:
    """The amount rounded to cents, halves to the even one."""
    return amount.quantize(Decimal("0.01"))


# ---------------------------------------------------------------- purchases


def burn_intervals(history: SpendHistory) -> Intervals:
    """The intervals, the prepaid purchases of open days told apart."""
    intervals = _intervals(history)
    closed = last_closed(history)
    purchases = [c for c in prepaid_purchases(history.products) if c.day > closed]
    if purchases:
        usual = _usual_rate(intervals)
        for purchase in purchases:
            intervals = _without(intervals, purchase, usual)
    return intervals


def prepaid_purchases(costs: Iterable[ProductCost]) -> list[ProductCost]:
    """The prepaid costs, the greatest first: its fall is the easiest to tell."""
    return sorted((c for c in costs if c.prepaid and c.billed_cost > 0), key=lambda c: -c.billed_cost)


def _without(intervals: Intervals, purchase: ProductCost, usual: Decimal) -> Intervals:
    """A purchase told apart in the greatest falls of its day; as they are if they do not hold it."""
    beyond = [
        (to_cents(intervals.burnt[place] - usual * intervals.seconds(place)), place)
        for place in intervals.measured
        if _reaches_into(intervals[place], purchase.day)
    ]
    beyond = sorted((b for b in beyond if b[0] > 0), key=lambda b: (-b[0], b[1]))
    found = sum((fall for fall, _ in beyond), Decimal(0))
    if found < EXPLAINED * purchase.billed_cost:
        return intervals
    rest, burnt, bought = min(found, purchase.billed_cost), list(intervals.burnt), dict(intervals.bought)
    for fall, place in beyond:
        part = min(fall, rest)
        if part > 0:
            burnt[place] -= part
            bought[place] = (*bought.get(place, ()), (purchase.day, part))
        rest -= part
    return replace(intervals, burnt=tuple(burnt), bought=bought)


def _reaches_into(interval: Interval, day: date) -> bool:
    """Whether some of the interval lies in ``day``; one that ends as the day begins has nothing of it."""
    return shanghai_day(interval.start) <= day and start_of_day(day) < interval.end


def _usual_rate(intervals: Intervals) -> Decimal:
    """The middle rate, an amount a second; 0 where too few intervals are known to tell what is usual."""
    rates = [intervals.burnt[place] / intervals.seconds(place) for place in intervals.measured]
    return median(rates) if len(rates) >= 3 else Decimal(0)  # noqa: PLR2004 (a middle needs two sides)


def last_closed(history: SpendHistory) -> date:
    """The last day that is folded into a sum; the day before all days if there is none."""
    return history.days[-1].day if history.days else date.min
