"""What others do: fixed amounts, shares of the top-up, and burn rates, as rules and as a forecast."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.scoring import HORIZON, SCORES

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from numpy.typing import NDArray

    from benchmarks.ledger import Account, Balances

    Days = NDArray[np.float64]
    BurnRate = Callable[[Days, date], float]


def fixed_amount(account: Account, run: Balances) -> Days:
    """Yuan left: the balance alert of the console."""
    return run.balance * account.scale


def share_of_top_up(_: Account, run: Balances) -> Days:
    """The share of the last top-up that is left: budget tools."""
    return run.balance / run.topped_up


def last_day(history: Days, _: date) -> float:
    """Yesterday goes on."""
    return float(np.nan_to_num(history[-1]))


def last_week(history: Days, _: date) -> float:
    """The mean of the last seven days goes on."""
    return _mean(history[-7:])


def last_month(history: Days, _: date) -> float:
    """The mean of the last thirty days goes on."""
    return _mean(history[-30:])


def month_to_date(history: Days, next_day: date) -> float:
    """Return the slope of a line through the month's cumulative spend, through three days at least."""
    days = min(len(history), max(3, (next_day - timedelta(days=1)).day))
    spent = np.cumsum(np.nan_to_num(history[-days:]))
    centred = np.arange(days) - (days - 1) / 2
    return float((centred @ spent) / (centred @ centred))


def seasonal_naive(history: Days) -> Days:
    """Last week again, with normal intervals from how much weeks differed -> cumulative quantiles, days x 7."""
    known = history[~np.isnan(history)]
    if len(known) < 9:  # noqa: PLR2004 (a week and two days to compare)
        days = np.full(HORIZON, known.mean() if len(known) else 0.0)
        spread = (known.std() if len(known) else 0.0) + 0.3 * days[0]
    else:
        filled = np.where(np.isnan(history), known.mean(), history)
        days = np.resize(filled[-7:], HORIZON)
        spread = np.nanstd(history[7:] - history[:-7])
    widths = np.outer(np.sqrt(np.arange(1, HORIZON + 1)) * spread, SCORES)
    return np.asarray(np.maximum(np.cumsum(days)[:, None] + widths, 0.0))


def _mean(days: Days) -> float:
    known = days[~np.isnan(days)]
    return float(known.mean()) if len(known) else 0.0
