"""The working days of mainland China: what a time in working days is on the calendar.

Data: the package ``chinesecalendar`` (the State Council's yearly notices, adjusted workdays included; a year's notice
comes out in the November before). A day of a year that it does not know is judged by its weekday alone. Days are
Asia/Shanghai days; a working day counts from midnight to midnight, every other day counts nothing.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from chinese_calendar import holidays, workdays

from shared.model import shanghai_day, start_of_day

if TYPE_CHECKING:
    from decimal import Decimal

FIRST_YEAR: Final[int] = min(holidays).year
"""The first year whose holidays are known."""
LAST_YEAR: Final[int] = max(holidays).year
"""The last year whose holidays are known."""
_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5


def covers(day: date) -> bool:
    """Whether the holidays of that day's year are known."""
    return FIRST_YEAR <= day.year <= LAST_YEAR


def unknown_years(start: datetime, end: datetime) -> tuple[int, ...]:
    """The years from ``start`` to ``end`` whose holidays are not known: plain weekends were assumed in them."""
    years = range(shanghai_day(start).year, shanghai_day(end).year + 1)
    return tuple(year for year in years if not FIRST_YEAR <= year <= LAST_YEAR)


def is_workday(day: date) -> bool:
    """Whether people work on that day: adjusted Saturdays and Sundays too, holidays not."""
    return day in workdays or (day.weekday() < _SATURDAY and day not in holidays)


@lru_cache(
    maxsize=1 << 15
)  # accounts are read at the same moments, and most have the same lead time; so many for a what-if
def stretch(start: datetime, days: Decimal | float) -> timedelta:
    """The time on the calendar from ``start`` until ``days`` working days have passed: the earliest such moment.

    From Friday 18:00 one working day takes until Monday 18:00. Never shorter than ``days``; ``ValueError`` if
    ``days`` is negative.
    """
    left = timedelta(days=float(days))
    if left < timedelta(0):
        raise ValueError(f"a time in working days cannot be negative: {days}")
    at, day = start, shanghai_day(start)
    midnight = start_of_day(day + _DAY)
    while left > timedelta(0):
        passed = min(midnight - at, left) if is_workday(day) else timedelta(0)
        left -= passed
        at = midnight if left else at + passed
        day, midnight = day + _DAY, midnight + _DAY
    return at - start


def working_days_between(start: datetime, end: datetime) -> float:
    """How many working days lie between two moments, as ``stretch`` counts them; 0 if ``end`` is not the later one."""
    counted, at, day = timedelta(0), start.astimezone(UTC), shanghai_day(start)
    midnight = start_of_day(day + _DAY)
    while at < end:
        if is_workday(day):
            counted += min(midnight, end) - at
        at, day, midnight = midnight, day + _DAY, midnight + _DAY
    return counted / _DAY
