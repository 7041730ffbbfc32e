"""When a timer is due: six-field cron expressions with an optional time zone, and fixed intervals.

The grammar is that of the timer trigger (help.aliyun.com/document_detail/171746.html and 2513615.html): seconds,
minutes, hours, day of month, month, day of week (1-7 or MON-SUN); UTC unless ``CRON_TZ=Zone`` stands in front;
``@every 5m`` for an interval of whole minutes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
# Eight years lie between two 29ths of February at most, around a century that is no leap year.
HORIZON = timedelta(days=366 * 9)
INTERVAL = re.compile(r"@every\s+([1-9][0-9]*)m")


class Schedule(Protocol):
    """A rule that names moments."""

    def next_after(self, moment: datetime) -> datetime:
        """The first due moment later than ``moment``, in UTC; both are aware."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an expression: its name, its bounds, and the names allowed for its values."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()
    blank: bool = False
    """Whether ``?`` may stand for "any"."""

    def parse(self, text: str) -> frozenset[int]:
        """The values that ``text`` (lists, ranges, steps) admits.

        Raises:
            ValueError: A part is not a number or name within the bounds.
        """
        if text == "?" and self.blank:
            text = "*"
        return frozenset(value for part in text.split(",") for value in self._part(part))

    def _part(self, part: str) -> range:
        span, slash, step = part.partition("/")
        first, dash, last = span.partition("-")
        if slash and not (step.isdecimal() and int(step) > 0):
            raise ValueError(f"{self.name}: step {step!r} in {part!r} is not a positive number")
        if span == "*":
            low, high = self.low, self.high
        else:
            low = self._value(first)
            high = self._value(last) if dash else (self.high if slash else low)
        if low > high:
            raise ValueError(f"{self.name}: {span!r} runs backwards")
        return range(low, high + 1, int(step) if slash else 1)

    def _value(self, text: str) -> int:
        if text.upper() in self.names:
            return self.low + self.names.index(text.upper())
        if text.isdecimal() and self.low <= int(text) <= self.high:
            return int(text)
        raise ValueError(f"{self.name}: {text!r} is not within {self.low}-{self.high}")


FIELDS = (
    Field("seconds", 0, 59),
    Field("minutes", 0, 59),
    Field("hours", 0, 23),
    Field("day of month", 1, 31, blank=True),
    Field("month", 1, 12, MONTHS),
    Field("day of week", 1, 7, DAYS, blank=True),
)


@dataclass(frozen=True, slots=True)
class Cron:
    """A cron expression, read in the wall time of ``zone``."""

    zone: ZoneInfo
    seconds: frozenset[int]
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool
    """Both day fields are restricted: a day that fits one of them is due, as in every cron."""

    def next_after(self, moment: datetime) -> datetime:
        """The first due moment later than ``moment``, in UTC.

        Raises:
            ValueError: No such day comes, as for the 30th of February.
        """
        wall = moment.astimezone(self.zone).replace(tzinfo=None, microsecond=0) + timedelta(seconds=1)
        limit = wall + HORIZON
        while wall < limit:
            later = self._later(wall)
            if later is not None:
                wall = later
            elif (due := wall.replace(tzinfo=self.zone).astimezone(UTC)) > moment:
                return due
            else:  # the hour that a zone repeats in autumn: its first pass is over
                wall += timedelta(seconds=1)
        raise ValueError("the expression names no day that ever comes")

    def _later(self, wall: datetime) -> datetime | None:
        """The start of the next month, day, hour, minute or second worth a look; None if ``wall`` is due."""
        if wall.month not in self.months:
            return (wall.replace(day=1) + timedelta(days=32)).replace(day=1, hour=0, minute=0, second=0)
        if not self._on_day(wall):
            return wall.replace(hour=0, minute=0, second=0) + timedelta(days=1)
        if wall.hour not in self.hours:
            return wall.replace(minute=0, second=0) + timedelta(hours=1)
        if wall.minute not in self.minutes:
            return wall.replace(second=0) + timedelta(minutes=1)
        return None if wall.second in self.seconds else wall + timedelta(seconds=1)

    def _on_day(self, wall: datetime) -> bool:
        fits = (wall.day in self.days, wall.isoweekday() in self.weekdays)
        return any(fits) if self.either_day else all(fits)


@dataclass(frozen=True, slots=True)
class Every:
    """A fixed interval, counted from the moment at which the timer was put."""

    anchor: datetime
    interval: timedelta

    def next_after(self, moment: datetime) -> datetime:
        """The first multiple of the interval after ``moment``, in UTC."""
        passed = max((moment - self.anchor) // self.interval, 0)
        return (self.anchor + (passed + 1) * self.interval).astimezone(UTC)


def parse(expression: str, anchor: datetime) -> Schedule:
    """Read a timer's ``cronExpression``; ``anchor`` (aware) is where an interval starts to count.

    Raises:
        ValueError: The expression is not understood; the message says which field and why.
    """
    text = expression.strip()
    if text.startswith("@"):
        interval = INTERVAL.fullmatch(text)
        if interval is None:
            raise ValueError(f"{expression!r}: an interval is written '@every Nm', with N whole minutes")
        return Every(anchor, timedelta(minutes=int(interval[1])))
    zone = "UTC"
    if text.startswith("CRON_TZ="):
        zone, _, text = text.removeprefix("CRON_TZ=").partition(" ")
    parts = text.split()
    if len(parts) != len(FIELDS):
        raise ValueError(f"{expression!r}: {len(FIELDS)} fields are needed (seconds first), not {len(parts)}")
    seconds, minutes, hours, days, months, weekdays = map(Field.parse, FIELDS, parts)
    either_day = all(part[0] not in "*?" for part in (parts[3], parts[5]))
    cron = Cron(_zone(zone), seconds, minutes, hours, days, months, weekdays, either_day)
    cron.next_after(anchor)
    return cron


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as unknown:
        raise ValueError(f"CRON_TZ={name}: no such time zone") from unknown
