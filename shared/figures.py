"""A reading and the spend before it -> the figures that a policy looks at."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from shared.intervals import to_cents
from shared.intraday import HORIZON, MEDIAN, spend_ahead
from shared.model import Certainty
from shared.runway import days_to_next_month, likely_daily_spend, month_spend_along, runway_along
from shared.snapshot import Figures, Spike
from shared.spend import last_top_up

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.model import Balance, PaidAfter, SpendHistory, SpendSeries

USUAL_DAYS = 28
"""Days before a day that say what is usual for it."""
USUAL_FROM = 7
"""With fewer known days than this nothing is called usual."""
WORST_OF = 14
"""Days of which the dearest is looked at: a bill that comes once a day can take as much in one go."""


def measure(
    balance: Balance,
    series: SpendSeries,
    history: SpendHistory,
    *,
    topped_up: Decimal = Decimal(0),
    paid_after: tuple[PaidAfter, ...] = (),
    plain: bool = False,
) -> Figures:
    """The figures of a reading.

    Args:
        balance: The reading.
        series: Spend by day up to it.
        history: What ``series`` was made of.
        topped_up: What was paid in since the last look.
        paid_after: How long paying took in the past.
        plain: For an account whose projection failed its backtest: plain lines take its place.
    """
    month_left, spent = days_to_next_month(series.today), series.spent_this_month
    ahead = spend_ahead(series, balance.at, max(HORIZON, month_left), plain=plain)
    runway = None if ahead is None else runway_along(ahead, balance, plain=plain)
    paid = last_top_up(history)
    return Figures(
        at=balance.at,
        currency=balance.currency,
        available_amount=balance.available_amount,
        runway=runway,
        daily_spend=None if runway is None else likely_daily_spend(runway),
        credit=balance.credit_amount,
        quota=balance.quota,
        last_top_up=None if paid is None else paid.amount,
        spent_this_month=spent,
        month_spend=None if ahead is None else to_cents(Decimal(month_spend_along(ahead, spent, month_left)[MEDIAN])),
        spike=measure_spike(series),
        worst_day=worst_day(series),
        topped_up=topped_up,
        paid_after=paid_after,
    )


def worst_day(series: SpendSeries) -> Decimal:
    """The dearest of the last days, prepaid purchases left out."""
    return max([series.spent_today, *(day.amount for day in series.days[-WORST_OF:])])


def measure_spike(series: SpendSeries) -> Spike | None:
    """How far today, so far, or yesterday is above the days before; the further of the two.

    Yesterday counts with today, so that a spike does not end at midnight, when the new day has spent nothing yet.
    """
    missing = Certainty.MISSING
    known = [day.amount for day in series.days if day.certainty is not missing]
    spikes = [_spike(series.spent_today, known)]
    if series.days and series.days[-1].certainty is not missing:
        spikes.append(_spike(known[-1], known[:-1]))
    return max((spike for spike in spikes if spike is not None), key=lambda spike: spike.above, default=None)


def _spike(spent: Decimal, before: Sequence[Decimal]) -> Spike | None:
    usual = sorted(before[-USUAL_DAYS:])
    if len(usual) < USUAL_FROM:
        return None
    tenth = round((len(usual) - 1) / 10)
    low, high = usual[tenth], usual[-1 - tenth]
    return Spike(low, high, max(spent - high, Decimal(0)))
