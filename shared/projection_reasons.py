"""Why a projection says what it says, in figures that a finance person can redo and a screen can word."""

from __future__ import annotations

from enum import StrEnum
from statistics import median
from typing import TYPE_CHECKING

from shared.frozen import frozen
from shared.projection import AVERAGES, QUANTILES, Habits, measure_habits, plain_path, project_spend

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

_WEEK = 7
_FEW_DAYS = 7
_JUMPED = 1.6
"""Days that cost this many times the middle of the fortnight before them, each, are a jump."""
_DROPPED = 0.4
_LONGEST_JUMP = 6
"""Days after which a jump is no longer news but the level."""
_TREND = 1.25
_WIDE = 4.0
_WEEKDAYS_DIFFER = 0.5
_FEE_MATTERS = 0.2


class Reason(StrEnum):
    """What says most about the days ahead, the first that holds in this order."""

    NOTHING_KNOWN = "nothing_known"
    """No day of the history is known: the figures are those of accounts like this one, if any."""
    NO_SPEND = "no_spend"
    """Nothing was spent on any known day."""
    FEW_DAYS = "few_days"
    """Fewer than 7 days are known, so the range is wide."""
    JUMP = "jump"
    """The last days cost much more than the days before: a spike or a new level."""
    DROP = "drop"
    """The last days cost much less than the days before."""
    MONTHLY_FEE = "monthly_fee"
    """A fee of the first of the month falls into the next 14 days and is a good part of them."""
    IRREGULAR = "irregular"
    """Spend comes in bursts, so the range is wide."""
    RISING = "rising"
    FALLING = "falling"
    WEEKDAYS = "weekdays"
    """The weekdays differ by half a typical day and more; otherwise spend is steady."""
    STEADY = "steady"


@frozen
class Explanation:
    """A projection's reasons. Amounts are in the currency of the history; days ahead count from 1, the next day."""

    reason: Reason
    days_known: int
    """Days of the history, at most 90, on which the projection rests."""
    last_day_missing: bool
    averages: tuple[tuple[int, float], ...]
    """The mean day over the last 2, 4, 7, 14, 28 and 90 days, each day without fee and divided by its weekday's factor.

    A window longer than the history is the whole history.
    """
    typical_day: float
    """The geometric mean of the averages, each counted as at least a twentieth of the greatest."""
    weekday_factors: tuple[float, ...]
    """What a day costs of a typical one, Monday first; all 1 before 10 days are known."""
    trend: float | None
    """The mean day of the last week over the mean day of the three weeks before it; None before 14 days."""
    jump_days: int
    """For how many days, up to 6, spend has been at another level; 0 if it has not."""
    jump: float
    """That level over the middle day of the fortnight before it; 1 if there is none."""
    fee: float
    """What the last first of a month cost beyond a usual day, if that was more than twice the days around it; or 0."""
    fees_seen: int
    days_to_first: int
    plain_week: float
    """The typical day over the next 7 weekdays, and the fee if due: what one gets on paper."""
    likely_week: float
    """The median of the projection for the same 7 days."""
    low_week: float
    """One in ten: the next 7 days cost no more than this."""
    high_week: float
    """One in ten: the next 7 days cost no less than this."""

    @property
    def experience(self) -> float:
        """What the experience with histories of this shape makes of the figure on paper: likely over plain."""
        return self.likely_week / self.plain_week if self.plain_week > 0.0 else 1.0


def explain_projection(history: Sequence[float | None], next_day: date, *, typical_day: float = 0.0) -> Explanation:
    """Give the reasons for what `shared.projection.project_spend` returns for the same arguments."""
    habits = measure_habits(history, next_day, typical_day)
    week = project_spend(history, next_day, _WEEK, typical_day=typical_day)[-1]
    low, likely, high = (week[QUANTILES.index(q)] for q in (0.10, 0.50, 0.90))
    jump_days, jump = _jump(habits.level)
    monday = (_WEEK - next_day.weekday()) % _WEEK
    return Explanation(
        reason=_reason(habits, high / low if low > 0.0 else 1.0),
        days_known=habits.known,
        last_day_missing=habits.last_missing,
        averages=tuple(zip(AVERAGES, habits.averages, strict=True)),
        typical_day=habits.typical_day,
        weekday_factors=habits.factors[monday:] + habits.factors[:monday],
        trend=_trend(habits.level),
        jump_days=jump_days,
        jump=jump,
        fee=habits.fee,
        fees_seen=habits.fees_seen,
        days_to_first=habits.days_to_first,
        plain_week=plain_path(habits, _WEEK)[-1],
        likely_week=likely,
        low_week=low,
        high_week=high,
    )


def _reason(habits: Habits, width: float) -> Reason:
    """Choose the first reason that holds; ``width`` is the high week over the low one."""
    _, jump = _jump(habits.level)
    trend = _trend(habits.level) or 1.0
    fortnight = plain_path(habits, 14)[-1]
    rules = (
        (Reason.NOTHING_KNOWN, habits.known == 0),
        (Reason.NO_SPEND, habits.typical_day <= 0.0),
        (Reason.FEW_DAYS, habits.known < _FEW_DAYS),
        (Reason.JUMP, jump > 1.0),
        (Reason.DROP, jump < 1.0),
        (Reason.MONTHLY_FEE, habits.days_to_first <= 14 and habits.fee > _FEE_MATTERS * fortnight),  # noqa: PLR2004
        (Reason.IRREGULAR, width > _WIDE),
        (Reason.RISING, trend > _TREND),
        (Reason.FALLING, trend < 1.0 / _TREND),
        (Reason.WEEKDAYS, max(habits.factors) - min(habits.factors) > _WEEKDAYS_DIFFER),
    )
    return next((reason for reason, holds in rules if holds), Reason.STEADY)


def _jump(level: Sequence[float]) -> tuple[int, float]:
    """Find the longest run of last days, at most 6, all far above or all far below the fortnight before them."""
    for days in range(min(_LONGEST_JUMP, len(level) - _WEEK), 0, -1):
        usual, lately = median(level[days : days + 2 * _WEEK]), level[:days]
        if usual > 0.0 and (min(lately) > _JUMPED * usual or (days > 1 and max(lately) < _DROPPED * usual)):
            return days, sum(lately) / days / usual
    return 0, 1.0


def _trend(level: Sequence[float]) -> float | None:
    before = level[_WEEK : 4 * _WEEK]
    if len(before) < _WEEK or sum(before) <= 0.0:
        return None
    return (sum(level[:_WEEK]) / _WEEK) / (sum(before) / len(before))
