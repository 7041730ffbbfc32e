"""The spend that is replayed: real series from data/, as money an hour."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

DATA = Path(__file__).with_name("data")
HOURS = 24
Days: TypeAlias = tuple[tuple[float, ...], ...]
"""24 figures a day, Monday first; the mean day of a series sums up to 1."""

_NIGHT, _MORNING, _NOON, _AFTERNOON, _EVENING = [6] * 8, [12] * 4, [10] * 2, [13] * 4, [11] * 6
_OFFICE_DAY = (*_NIGHT, *_MORNING, *_NOON, *_AFTERNOON, *_EVENING)
"""How a day's spend lies over its hours where only the day is known: a floor, and a hump in working hours."""


def read_series() -> dict[str, Days]:
    """All series by name."""
    with (DATA / "hourly.csv").open(encoding="utf-8", newline="") as file:
        hourly = [(row.pop("series"), row.pop("date"), list(row.values())) for row in csv.DictReader(file)]
    with (DATA / "daily.csv").open(encoding="utf-8", newline="") as file:
        daily = [(row["series"], _spread(float(row["value"]))) for row in csv.DictReader(file)]
    days: dict[str, list[tuple[float, ...]]] = {}
    for name, hours in daily:
        days.setdefault(name, []).append(hours)
    for name, _, figures in hourly:
        days.setdefault(name, []).append(tuple(float(figure or 0) / HOURS for figure in figures))
    return {name: tuple(rows) for name, rows in days.items()}


def money(series: Days, hour: int, daily: Decimal) -> Decimal:
    """What hour ``hour`` of the replay costs, in cents, where the mean day costs ``daily``; starts anew at the end."""
    day = series[hour // HOURS % len(series)]
    return (daily * Decimal(str(day[hour % HOURS]))).quantize(Decimal("0.01"))


def _spread(value: float) -> tuple[float, ...]:
    whole = sum(_OFFICE_DAY)
    return tuple(value * part / whole for part in _OFFICE_DAY)
