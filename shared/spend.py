"""Balance readings and movements of money -> what an account spent, day by day.

Between two readings of the available amount, spend is the fall plus what came in meanwhile. The sum of the series
is therefore exactly what was spent between the first and the last reading, as long as the movements are known.
An interval that crosses midnight is shared out by time. A prepaid purchase that the day's bill names and the balance
shows is put beside the day, not into it: it was bought once and says nothing of the days to come. Consumption entries
are not movements: they settle spend that the available amount has already fallen by (since 1 April 2024 bills freeze
available credit hourly and are debited at the start of the next month; help.aliyun.com, "updates on the bill
settlement policy").
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import accumulate, pairwise
from operator import sub
from statistics import median
from typing import TYPE_CHECKING

from shared.frozen import replace
from shared.intervals import (
    EXPLAINED,
    Intervals,
    burn_intervals,
    by_day,
    last_closed,
    movements_by_interval,
    prepaid_purchases,
    to_cents,
)
from shared.model import (
    SHANGHAI,
    Balance,
    Certainty,
    DaySpend,
    ProductChange,
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
    from collections.abc import Iterable, Sequence

OPEN_DAYS = 2
"""Days before today that are kept as readings, so that a movement that becomes known late still corrects them."""
KEPT_DAYS = 90
"""Closed days that are kept: what the projection looks back on."""
KEPT_BILL_DAYS = 8
LONG_GAP = timedelta(hours=6)
"""An interval longer than this tells the sum, but not on which day it was spent."""
WHOLE_DAY = 0.9 * timedelta(days=1)
"""How much of a day must be covered by readings for its spend to count as known."""
FIRST_MOVEMENTS = timedelta(days=30)
LATE_RECORDS = timedelta(hours=24)
"""How long after its moment a movement may become known: what is asked for again each time. Known ones count once; as
long as readings are kept (`OPEN_DAYS`) they are remembered, so that none is news twice."""
NEWS_FOR = timedelta(hours=48)
"""A payment that becomes known later than this is no news to whoever made it."""

_DAY = Decimal(86400)


def movements_due(history: SpendHistory, balance: Balance, hour: int = 0) -> datetime | None:
    """Since when transactions should be asked for now; None if not at all.

    They are asked for once a day, from the account's own ``hour`` on, and at once when the balance rose: someone topped
    up. One reading later they are asked for again, as the record may come after the money.
    """
    if history.movements_until is None:
        return balance.at - FIRST_MOVEMENTS
    last = [*(reading.available_amount for reading in history.readings[-2:]), balance.available_amount]
    rose = any(later > earlier for earlier, later in pairwise(last))
    if rose or _own_day(balance.at, hour) > _own_day(history.movements_until, hour):
        return movements_since(history, balance)
    return None


def movements_since(history: SpendHistory, balance: Balance) -> datetime:
    """From when on transactions may hold something that is not known yet."""
    if history.movements_until is None:
        return balance.at - FIRST_MOVEMENTS
    return min(history.movements_until, balance.at) - LATE_RECORDS


def bill_due(history: SpendHistory, now: datetime, hour: int = 0) -> date | None:
    """The day whose bill should be asked for now: the first one not asked for yet; None if all are known.

    The last complete bill is that of the day before yesterday, and is asked for from the account's own ``hour`` on;
    bills missed for more than a week are let go.
    """
    complete = _own_day(now, hour) - timedelta(days=2)
    if history.bills_until is None:
        return complete
    day = max(history.bills_until + timedelta(days=1), complete - timedelta(days=KEPT_BILL_DAYS - 1))
    return day if day <= complete else None


def _own_day(at: datetime, hour: int) -> date:
    """The Asia/Shanghai day, begun ``hour`` hours late: so what is done once a day is spread over the day."""
    return shanghai_day(at - timedelta(hours=hour))


def in_currency(history: SpendHistory, currency: str) -> SpendHistory:
    """The history if it is in ``currency``, otherwise a new one: amounts of two currencies say nothing together."""
    if history.currency is None:
        return replace(history, currency=currency)
    if history.currency == currency:
        return history
    return SpendHistory(currency=currency, former_currency=history.currency)


def with_reading(history: SpendHistory, balance: Balance) -> SpendHistory:
    """The history with one more reading; a reading not newer than the last changes nothing."""
    history = in_currency(history, balance.currency)
    if history.readings and balance.at <= history.readings[-1].at:
        return history
    reading = Reading(balance.at, balance.available_amount, balance.credit_amount, balance.quota)
    return _close_days(replace(history, readings=(*history.readings, reading)))


def with_movements(history: SpendHistory, movements: Iterable[Transaction], until: datetime) -> SpendHistory:
    """The history with what moved up to ``until``; a movement known already is known once."""
    known = {m.transaction_id: m for m in history.movements}
    known |= {m.transaction_id: m for m in movements if m.kind is not TransactionKind.CONSUMPTION}
    ordered = tuple(sorted(known.values(), key=lambda m: (m.at, m.transaction_id)))
    return replace(history, movements=ordered, movements_until=until)


def with_bill(history: SpendHistory, costs: Iterable[ProductCost], day: date) -> SpendHistory:
    """The history with the bill of ``day`` in place of what was known of it; a closed day is told anew by it."""
    costs = list(costs)
    kept = [c for c in history.products if c.day != day and c.day > day - timedelta(days=KEPT_BILL_DAYS)]
    ordered = sorted([*kept, *costs], key=lambda c: (c.day, c.product_code, c.prepaid))
    days = history.days
    if any(d.day == day for d in days):
        usual = median(d.amount for d in days)
        days = tuple(_billed(d, costs, usual) if d.day == day else d for d in days)
    until = day if history.bills_until is None else max(day, history.bills_until)
    return replace(history, products=tuple(ordered), bills_until=until, days=days)


def last_top_up(history: SpendHistory) -> Transaction | None:
    """The most recent payment or transfer into the account, as far as it is remembered."""
    paid = [movement for movement in history.movements if is_top_up(movement)]
    return paid[-1] if paid else None


def is_top_up(movement: Transaction) -> bool:
    """Whether somebody paid: a payment or a transfer into the account."""
    return movement.amount > 0 and movement.kind in {TransactionKind.PAYMENT, TransactionKind.TRANSFER}


def topped_up(before: SpendHistory, after: SpendHistory, now: datetime) -> Decimal:
    """What was paid in, as became known between two looks; 0 on the first look, when all the past becomes known."""
    if before.movements_until is None or before.currency not in {None, after.currency}:
        return Decimal(0)
    known = {movement.transaction_id for movement in before.movements}
    new = (m for m in after.movements if m.transaction_id not in known and now - m.at < NEWS_FOR)
    return sum((movement.amount for movement in new if is_top_up(movement)), Decimal(0))


def top_products(history: SpendHistory, count: int = 3) -> tuple[ProductChange, ...]:
    """The products that cost most on the last billed day, prepaid purchases left out; empty if no bill is known."""
    burnt = [c for c in history.products if not c.prepaid]
    if not burnt:
        return ()
    last = max(c.day for c in burnt)
    days_before = len({c.day for c in history.products if c.day < last})
    names: dict[str, str] = {}
    cost: dict[str, Decimal] = {}
    before: dict[str, Decimal] = {}
    for one in burnt:
        names[one.product_code] = one.product_name
        sums = cost if one.day == last else before
        sums[one.product_code] = sums.get(one.product_code, Decimal(0)) + one.billed_cost
    dearest = sorted((-amount, code) for code, amount in cost.items() if amount > 0)[:count]
    return tuple(
        ProductChange(
            code, names[code], -amount, to_cents(before.get(code, Decimal(0)) / days_before) if days_before else None
        )
        for amount, code in dearest
    )


def spend_series(history: SpendHistory, currency: str, now: datetime) -> SpendSeries:
    """Spend by day up to yesterday, and today's so far; days without a reading stand as missing."""
    today = shanghai_day(now)
    intervals = burn_intervals(history)
    known = [*history.days, *_open_days(history, intervals)]
    while known and known[-1].day > today:
        known.pop()
    so_far = known.pop() if known and known[-1].day == today else _missing(today)
    days = _without_gaps(known, today)[-KEPT_DAYS:]
    return SpendSeries(
        currency=currency,
        days=days,
        today=today,
        spent_today=so_far.amount,
        since=_known_since(history),
        one_off_today=so_far.one_off,
        usually_spent=_usually_spent(intervals, days[-OPEN_DAYS:], day_elapsed(now)),
    )


# ---------------------------------------------------------------- days


def _billed(day: DaySpend, costs: Iterable[ProductCost], usual: Decimal) -> DaySpend:
    """A closed day told anew by its bill; what was spent in all stays."""
    spent, one_off = day.amount + day.one_off, Decimal(0)
    for purchase in prepaid_purchases(costs):
        beyond = spent - one_off - usual
        if beyond >= EXPLAINED * purchase.billed_cost:
            one_off += min(beyond, purchase.billed_cost)
    return day._replace(amount=spent - one_off, one_off=one_off)


def _missing(day: date) -> DaySpend:
    return DaySpend(day, Decimal(0), Certainty.MISSING)


def _without_gaps(known: list[DaySpend], today: date) -> tuple[DaySpend, ...]:
    """The days, given in their order, up to the one before ``today``; what lies between them is missing."""
    if not known or (today - known[0].day).days == len(known):  # as nearly always
        return tuple(known)
    first, by_date = known[0].day, {d.day: d for d in known}
    span = [first + timedelta(days=n) for n in range((today - first).days)]
    return tuple(by_date.get(day) or _missing(day) for day in span)


def _open_days(history: SpendHistory, intervals: Intervals) -> list[DaySpend]:
    """The days that are still kept as readings, oldest first."""
    closed, bought = last_closed(history), _bought_by_day(intervals)
    guessed = {day for place in _guesses(intervals) for day, _ in by_day(intervals[place])}
    return [
        DaySpend(day, amount, _certainty(history, day, guessed=day in guessed), bought.get(day, Decimal(0)))
        for day, amount in _burnt_by_day(intervals).items()
        if day > closed
    ]


def _guesses(intervals: Intervals) -> Iterable[int]:
    """The places of the intervals that do not tell on which day they were spent."""
    lengths = list(map(sub, intervals.edges[1:], intervals.edges))
    if max(lengths, default=LONG_GAP) <= LONG_GAP:  # as nearly always
        return intervals.estimated
    return intervals.estimated.union(place for place, length in enumerate(lengths) if length > LONG_GAP)


def _burnt_by_day(intervals: Intervals) -> dict[date, Decimal]:
    """What was burnt on each day, in their order."""
    amounts: dict[date, Decimal] = {}
    place, edges, burnt = 0, intervals.edges, intervals.burnt
    while place < len(burnt):
        for day, amount in by_day(intervals[place]):
            amounts[day] = amounts.get(day, Decimal(0)) + amount
        over_midnight = bisect_left(edges, start_of_day(day + timedelta(days=1)), place + 2) - 1
        amounts[day] += sum(burnt[place + 1 : over_midnight])
        place = over_midnight
    return amounts


def _bought_by_day(intervals: Intervals) -> dict[date, Decimal]:
    amounts: dict[date, Decimal] = {}
    for day, cost in (one for some in intervals.bought.values() for one in some):
        amounts[day] = amounts.get(day, Decimal(0)) + cost
    return amounts


def _certainty(history: SpendHistory, day: date, *, guessed: bool) -> Certainty:
    """How the spend of a day is known; ``guessed``: some of it is shared out over a long gap, or estimated."""
    first, last = history.readings[0].at, history.readings[-1].at
    midnight = start_of_day(day)
    covered = min(last, midnight + timedelta(days=1)) - max(first, midnight)
    if covered < WHOLE_DAY:
        return Certainty.MISSING
    return Certainty.ESTIMATED if guessed else Certainty.MEASURED


def _usually_spent(intervals: Intervals, days: Iterable[DaySpend], elapsed: float) -> float | None:
    """What was burnt in the first ``elapsed`` part of those ``days`` that are whole, of all that was burnt in them."""
    edges, burnt = intervals.edges, [0.0, *accumulate(map(float, intervals.burnt))]

    def burnt_by(moment: datetime) -> float:
        after = bisect_left(edges, moment, 1)
        if after >= len(edges):
            return burnt[-1]
        start, end = edges[after - 1], edges[after]
        share = max(0.0, (moment - start) / (end - start))
        return burnt[after - 1] + float(intervals.burnt[after - 1]) * share

    passed = total = 0.0
    for day in days:
        if day.certainty is Certainty.MEASURED:
            midnight, length = start_of_day(day.day), timedelta(days=1)
            before = burnt_by(midnight)
            passed += burnt_by(midnight + elapsed * length) - before
            total += burnt_by(midnight + length) - before
    return passed / total if total > 0.0 else None


def _close_days(history: SpendHistory) -> SpendHistory:
    """Fold days older than ``OPEN_DAYS`` into sums, and drop the readings that nothing needs any more."""
    oldest_open = shanghai_day(history.readings[-1].at) - timedelta(days=OPEN_DAYS)
    if shanghai_day(history.readings[0].at) >= oldest_open:
        return history
    intervals = burn_intervals(history)
    oldest_open = _left_open(oldest_open, intervals)
    closing = [d for d in _open_days(history, intervals) if d.day < oldest_open]
    days = tuple(d for d in (*history.days, *closing) if d.day >= oldest_open - timedelta(days=KEPT_DAYS))
    return replace(_cut(history, start_of_day(oldest_open), intervals), days=days)


def _left_open(day: date, intervals: Intervals) -> date:
    """The first day to leave open: ``day``, or an earlier one if the interval over its midnight is only estimated."""
    midnight, edges = start_of_day(day), intervals.edges
    over = [place for place in intervals.estimated if edges[place] < midnight < edges[place + 1]]
    return shanghai_day(edges[min(over)]) if over else day


def _cut(history: SpendHistory, boundary: datetime, intervals: Intervals) -> SpendHistory:
    """The history from ``boundary`` on, with a reading at it, so that nothing known later changes what is closed.

    An interval over the boundary is cut there; one that is only estimated stays whole: its movement may yet come.
    """
    n = next(n for n, reading in enumerate(history.readings) if reading.at >= boundary)
    if n and history.readings[n].at > boundary and n - 1 in intervals.estimated:
        n, boundary = n - 1, history.readings[n - 1].at
    if n == 0:
        return history
    readings = _readings_from(history, n, boundary, intervals)
    latest = last_top_up(history)
    movements = tuple(m for m in history.movements if m.at > boundary or m is latest)
    return replace(history, readings=readings, movements=movements)


def _readings_from(history: SpendHistory, n: int, boundary: datetime, intervals: Intervals) -> tuple[Reading, ...]:
    """The readings from the ``n``-th on, restated as if each side of ``boundary`` showed just what is dated in it.

    A reading dated midnight is taken up to some minutes later: it may show a movement of the new day, or not yet show
    one of the old.
    """
    moved = movements_by_interval(history)
    kept = [
        reading._replace(available_amount=reading.available_amount + _dated_by(boundary, moved[k:]))
        for k, reading in enumerate(history.readings[n:], start=n)
    ]
    crossing, bought = by_day(intervals[n - 1]), intervals.bought.get(n - 1, ())
    ahead = sum((amount for day, amount in (*crossing, *bought) if start_of_day(day) >= boundary), Decimal(0))
    came_in = sum(m.amount for shown in moved[:n] for m in shown if m.at > boundary)
    first = kept[0]._replace(at=boundary, available_amount=kept[0].available_amount + ahead - came_in)
    return (first, *(reading for reading in kept if reading.at > boundary))


def _dated_by(boundary: datetime, moved: Sequence[Sequence[Transaction]]) -> Decimal:
    return sum((m.amount for shown in moved for m in shown if m.at <= boundary), Decimal(0))


def _known_since(history: SpendHistory) -> datetime | None:
    if history.days:
        return start_of_day(history.days[0].day)
    return history.readings[0].at if history.readings else None


def day_elapsed(now: datetime) -> float:
    """The share of the Asia/Shanghai day that has passed, 0 up to 1."""
    local = now.astimezone(SHANGHAI)
    return (local.hour * 3600 + local.minute * 60 + local.second) / float(_DAY)
