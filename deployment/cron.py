"""Cron expressions of timers: six fields, seconds first, in Shanghai's time (without ``CRON_TZ`` it would be UTC).

Only forms of one meaning are let pass: the platform's answer to a reversed range, or to a step that never comes round,
is written nowhere, and a timer that never fires is a warning that never comes.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from shared.frozen import frozen

ZONE = "CRON_TZ=Asia/Shanghai "
_ITEM = re.compile(r"(?:(?P<any>\*|\?)|(?P<low>\d+)(?:-(?P<high>\d+))?)(?:/(?P<step>\d+))?", re.ASCII)


@frozen
class Field:
    """One of the six."""

    name: str
    lowest: int
    highest: int
    is_day: bool = False
    """Only the two that name a day may be left open with ``?``."""

    def problem(self, item: str) -> str | None:
        """What is wrong with one item of the list that stands in it."""
        found = _ITEM.fullmatch(item)
        if found is None or (found["any"] == "?" and not self.is_day):
            return f"{item} is no {self.name}: write *, a number, or a range of {self.lowest}-{self.highest}"
        low, high = int(found["low"] or self.lowest), int(found["high"] or found["low"] or self.highest)
        if not self.lowest <= low <= self.highest or not self.lowest <= high <= self.highest:
            return f"{item} is no {self.name}: write {self.lowest}-{self.highest}"
        if high < low:
            return f"{item} ends before it begins: write the smaller {self.name} first"
        span = (high if found["high"] else self.highest) - low
        if found["step"] is not None and not 1 <= int(found["step"]) <= max(span, 1):
            return f"{item} never comes round: write a smaller step than that, or none"
        return None


FIELDS = (
    Field("second", 0, 59),
    Field("minute", 0, 59),
    Field("hour", 0, 23),
    Field("day", 1, 31, is_day=True),
    Field("month", 1, 12),
    Field("weekday", 0, 7, is_day=True),
)


def check(text: str) -> str:
    """``text`` itself.

    Raises:
        ValueError: It would fire at other times than it seems to, or never.
    """
    written = text.removeprefix(ZONE).split()
    if not text.startswith(ZONE) or len(written) != len(FIELDS):
        raise ValueError(f"{text!r} is in no zone, or lacks a field: write {ZONE}and six fields, seconds first")
    pairs = [(field, item) for field, items in zip(FIELDS, written, strict=True) for item in items.split(",")]
    found = [problem for field, item in pairs if (problem := field.problem(item))]
    if found:
        raise ValueError("; ".join(found))
    return text


Cron = Annotated[str, AfterValidator(check)]
