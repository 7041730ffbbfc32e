"""A balance and a projection of spend -> how long the balance lasts, as a distribution."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from shared.intraday import HORIZON, MEDIAN, spend_ahead
from shared.model import Balance, Runway, SpendSeries
from shared.projection import QUANTILES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from shared.intraday import Ahead

FAR = 999.0
"""Days beyond which the end of a balance is out of sight."""
_SCORES = (-1.645, -1.2816, -0.6745, 0.0, 0.6745, 1.2816, 1.645)
"""The normal scores of the quantiles."""
_SHORTEST = 1e-3
"""Fewer days than that are told from no others."""


def project_runway(series: SpendSeries, balance: Balance, *, plain: bool = False) -> Runway | None:
    """How long ``balance`` lasts if spend goes on as ``series`` lets expect; None if nothing is known of spend yet.

    ``plain`` is for an account whose projection failed its backtest: plain lines take its place.
    """
    ahead = spend_ahead(series, balance.at, plain=plain)
    return None if ahead is None else runway_along(ahead, balance, plain=plain)


def runway_along(ahead: Ahead, balance: Balance, *, plain: bool = False) -> Runway:
    """How long ``balance`` lasts if spend goes on as ``ahead``; ``plain`` says what that was made by."""
    amount = float(balance.available_amount)
    paths = [path[:HORIZON] for path in ahead.paths]
    length = ahead.first + len(paths[0]) - 1
    return Runway(
        as_of=balance.at,
        days_left=tuple(_falling(_days_until(path, amount, ahead.first) for path in paths)),
        daily_spend=tuple(path[-1] / length for path in paths),
        days_known=ahead.days_known,
        plain=plain,
    )


def days_at(runway: Runway, quantile: float) -> float:
    """Days within which the balance ends with probability ``quantile``: 0.10 is early, 0.50 likely, 0.90 late."""
    return runway.days_left[place_of(quantile)]


def place_of(quantile: float) -> int:
    """Where the days of that probability stand in ``Runway.days_left``, which is by quantiles of spend."""
    return len(QUANTILES) - 1 - QUANTILES.index(quantile)


def ends_at(runway: Runway, quantile: float) -> datetime | None:
    """The moment that the balance ends with probability ``quantile``; None if that is out of sight."""
    days = days_at(runway, quantile)
    return None if math.isinf(days) else runway.as_of + timedelta(days=days)


def likely_daily_spend(runway: Runway) -> Decimal:
    """The likely spend a day, to the cent."""
    return Decimal(str(round(runway.daily_spend[MEDIAN], 2)))


def probability_empty_within(runway: Runway, days: float) -> float:
    """The probability, 0 to 1, that the balance is spent within ``days``.

    Between the quantiles it is read off a straight line of normal scores over the logarithm of the days.
    """
    left = runway.days_left
    if left[0] <= 0.0:
        return 1.0
    if math.isinf(left[-1]):
        return 0.0
    shares = zip(reversed(left), _SCORES, strict=True)  # the scores are those of their own opposites
    points = [(max(at, _SHORTEST), score) for at, score in shares if at < math.inf]
    return _normal_share(_line_at(points, max(days, _SHORTEST)))


def projected_month_spend(series: SpendSeries, now: datetime, *, plain: bool = False) -> tuple[float, ...] | None:
    """What the whole month will have cost, at each of ``QUANTILES``, in the account's currency; for budgets.

    What is spent already, purchases too, and what is projected to the end of the month's last day; None if nothing is
    known of spend yet. A month whose first days were not seen is counted from the first day that was.
    """
    ahead = spend_ahead(series, now, days_to_next_month(series.today), plain=plain)
    if ahead is None:
        return None
    return month_spend_along(ahead, series.spent_this_month, days_to_next_month(series.today))


def month_spend_along(ahead: Ahead, spent: Decimal, days: int) -> tuple[float, ...]:
    """What the month will have cost after ``spent`` so far, if spend goes on as ``ahead`` for its last ``days``."""
    return tuple([float(spent) + path[days - 1] for path in ahead.paths])


def days_to_next_month(day: date) -> int:
    """The days from ``day`` on that belong to its month, itself with them."""
    return ((day.replace(day=28) + timedelta(days=4)).replace(day=1) - day).days


def suggest_top_up(balance: Balance, runway: Runway | None, days: int) -> Decimal:
    """The amount to pay so that the balance lasts ``days``, rounded up for people; 0 if it does anyway.

    Without a runway it covers what is owed.

    After arrears a stopped ECS instance starts again only from CNY 100 of credit on (ReActivateInstances,
    help.aliyun.com/en/ecs/developer-reference/api-ecs-2014-05-26-reactivateinstances), so that much is added.
    """
    wanted = Decimal(0) if runway is None else likely_daily_spend(runway) * days
    restart = Decimal(100) if balance.available_amount < 0 and balance.currency == "CNY" else Decimal(0)
    missing = wanted + restart - balance.available_amount
    return _round_up(missing) if missing > 0 else Decimal(0)


def _round_up(amount: Decimal) -> Decimal:
    """Two leading figures, never less than tens: 1234.5 -> 1300, 87 -> 90."""
    step = Decimal(10) ** max(amount.adjusted() - 1, 1)
    return (amount / step).to_integral_value(rounding="ROUND_CEILING") * step


def _days_until(path: Sequence[float], amount: float, first: float) -> float:
    """Days until ``path`` reaches ``amount``; its first step lasts ``first`` days, the others one each."""
    if amount <= 0:
        return 0.0
    time, spent, length = 0.0, 0.0, first
    for step in path:
        if step >= amount:
            return time + length * (amount - spent) / (step - spent)
        time, spent, length = time + length, step, 1.0
    rate = spent / time if time > 0 else 0.0
    days = time + (amount - spent) / rate if rate > 0 else math.inf
    return days if days <= FAR else math.inf


def _falling(days: Iterable[float]) -> Iterator[float]:
    """More spend never lasts longer, whatever the arithmetic says."""
    last = math.inf
    for value in days:
        last = min(last, value)
        yield last


def _line_at(points: Sequence[tuple[float, float]], x: float) -> float:
    """The line through ``points`` at ``x``, straight over logarithms, its ends prolonged; flat if there is one.

    Points and ``x`` are above 0. Where several stand at the same place, the line jumps.
    """
    found = None
    for (x0, y0), (x1, y1) in pairwise(points):
        if x1 / x0 > 1.0:
            found = x0, y0, x1, y1
            if x <= x1:
                break
    if found is None:
        return points[0][1] + (4.0 if x > points[0][0] else -4.0 if x < points[0][0] else 0.0)
    x0, y0, x1, y1 = found
    return y0 + (y1 - y0) * math.log(x / x0) / math.log(x1 / x0)


def _normal_share(score: float) -> float:
    return 0.5 * (1.0 + math.erf(score / math.sqrt(2.0)))
