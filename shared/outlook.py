"""A balance's last days and its next ones, as series that can be drawn.

Balances older than the readings that are kept are not known: what is spent by day is. So the past is told twice, as a
balance for the last days and as spend for the last two weeks, and no balance is made up from both.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from shared.intervals import to_cents
from shared.intraday import HORIZON, spend_ahead
from shared.model import Certainty, shanghai_day, start_of_day
from shared.projection import QUANTILES
from shared.spend import LONG_GAP

if TYPE_CHECKING:
    from datetime import date

    from shared.model import Balance, SpendHistory, SpendSeries

Fan: TypeAlias = tuple[datetime, Decimal, Decimal, Decimal]
"""A moment ahead, and what is left then if spend is high, likely, low (its quantiles 0.90, 0.50, 0.10)."""

_SHOWN = tuple(QUANTILES.index(quantile) for quantile in (0.90, 0.50, 0.10))


def balance_past(history: SpendHistory) -> tuple[tuple[datetime, Decimal], ...]:
    """The readings that are kept, oldest first: those of today and of the two days before, or around a long gap."""
    kept = history.readings[1:] if _begins_with_a_cut(history) else history.readings
    return tuple((r.at, r.available_amount) for r in kept if kept[-1].at - r.at <= timedelta(days=HORIZON))


def _begins_with_a_cut(history: SpendHistory) -> bool:
    """Whether the first reading is the cut at midnight through a gap (`spend.with_reading`), and was never read."""
    if len(history.readings) < 2:  # noqa: PLR2004 (a gap has two ends)
        return False
    first, second = history.readings[:2]
    return first.at == start_of_day(shanghai_day(first.at)) and second.at - first.at > LONG_GAP


def spend_past(series: SpendSeries, count: int = HORIZON) -> tuple[tuple[date, Decimal | None], ...]:
    """The last closed days with what was burnt, oldest first; None for a day that is not known."""
    return tuple((d.day, None if d.certainty is Certainty.MISSING else d.amount) for d in series.days[-count:])


def balance_ahead(series: SpendSeries, balance: Balance, *, plain: bool = False) -> tuple[Fan, ...]:
    """What is left from now on, day by day, until even low spend has used it up.

    Args:
        series: What was spent.
        balance: What is there; the first moment is its reading.
        plain: Whether plain lines take the projection's place, as for `runway.project_runway`.

    Returns:
        At most `intraday.HORIZON` steps after the first; nothing where the balance is used up, or spend not known.
    """
    amount = balance.available_amount
    ahead = spend_ahead(series, balance.at, plain=plain) if amount > 0 else None
    if ahead is None:
        return ()
    fan: list[Fan] = [(balance.at, amount, amount, amount)]
    for day, step in enumerate(zip(*ahead.paths, strict=True)):
        high, likely, low = (to_cents(amount - Decimal(step[at])) for at in _SHOWN)
        fan.append((balance.at + timedelta(days=ahead.first + day), high, likely, low))
        if low <= 0:
            break
    return tuple(fan)
