"""What will still be deducted: daily spend in, quantiles of the cumulative amount ahead out.

Six burn rates, from the last two days to the whole history, each corrected for the weekdays it happened to cover: where
they agree the projection is narrow, where they differ (a step? a spike?) it is as wide as they are apart.
"""

from __future__ import annotations

from itertools import accumulate
from math import exp, log, sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

QUANTILES = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)
_NORMAL_SCORES = (-1.645, -1.2816, -0.6745, 0.0, 0.6745, 1.2816, 1.645)
_MEMORY = 90  # days of history that count
_WINDOWS = (2, 4, 7, 14, 28, _MEMORY)


def project_spend(
    history: Sequence[float | None], next_day: date, horizon: int = 14, *, typical_day: float = 0.0
) -> tuple[tuple[float, ...], ...]:
    """Return, for each of the next ``horizon`` days, the quantiles of the cumulative amount still to be deducted.

    Args:
        history: daily spend in one currency, oldest first; at most the last 90 days count; None is a missing day; the
            last entry may be incomplete because its bill is late, and the rest of it is part of the amount ahead.
        next_day: the first day ahead; the last entry of ``history`` is the day before it.
        horizon: how many days ahead, at least 1.
        typical_day: a day's spend of accounts like this one, used where the history holds nothing.

    Returns:
        ``horizon`` rows of seven amounts (`QUANTILES`), in the currency of the history. No row and no column falls.
    """
    days = _filled(history, typical_day)
    factors = _weekday_factors(days)
    level = [day / factor for day, factor in zip(reversed(days), _cycle(factors, -1, len(days)), strict=True)]
    rates = [sum(level[:window]) / min(window, len(level)) for window in _WINDOWS]
    floor = 0.05 * max(rates)
    logs = [log(max(rate, floor, 1e-12)) for rate in rates]
    middle = sum(logs) / len(logs)
    spread = 0.10 + sqrt(sum((value - middle) ** 2 for value in logs) / len(logs)) + 1.0 / len(days)
    bands = [exp(middle + spread * score) for score in _NORMAL_SCORES] if any(days) else [0.0] * len(QUANTILES)
    ahead = accumulate(_cycle(factors, 1, horizon))
    return tuple(tuple(band * weight for band in bands) for weight in ahead)


def _filled(history: Sequence[float | None], typical_day: float) -> list[float]:
    """Give every missing day the spend of the same day a week before, or else the mean of the known days."""
    recent = history[-_MEMORY:]
    known = [max(day, 0.0) for day in recent if day is not None]
    mean = sum(known) / len(known) if known else typical_day
    days: list[float] = []
    for day in recent:
        days.append(max(day, 0.0) if day is not None else days[-7] if len(days) >= 7 else mean)
    return days or [typical_day]


def _weekday_factors(days: list[float]) -> list[float]:
    """Return how much of a mean day each weekday costs, the weekday of the first day ahead first, drawn towards 1."""
    mean = sum(days) / len(days)
    if len(days) < 14 or mean <= 0.0:
        return [1.0] * 7
    means = []
    for offset in range(7):
        same = [min(day / mean, 3.0) for day in days[-7 + offset :: -7]]
        means.append((sum(same) + 2.0) / (len(same) + 2.0))
    scale = sum(means) / 7
    return [max(value / scale, 0.1) for value in means]


def _cycle(factors: list[float], step: int, count: int) -> list[float]:
    """Return the factors of ``count`` days from the first day ahead (step 1) or from the day before it (step -1)."""
    ordered = factors if step > 0 else factors[::-1]
    return [ordered[i % 7] for i in range(count)]
