"""Daily spend series: read from CSV, invented, and disturbed as accounts are."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.random import Generator
    from numpy.typing import NDArray

    Days = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Series:
    """One real series; NaN is a day that is really missing."""

    name: str
    group: str
    first: int
    """The ordinal of its first day."""
    days: Days

    def filled(self) -> Days:
        """Return the days with the missing ones on a straight line between their neighbours."""
        at, known = np.arange(len(self.days)), ~np.isnan(self.days)
        return np.interp(at, at[known], self.days[known])


def read_series(path: Path) -> list[Series]:
    """Read a CSV of ``series_id,group,date,value``, sorted by name; what is below zero counts as zero."""
    found: dict[str, dict[int, float]] = defaultdict(dict)
    groups: dict[str, str] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            name, day = row["series_id"], date.fromisoformat(row["date"]).toordinal()
            found[name][day] = max(float(row["value"]), 0.0)
            groups[name] = row["group"]
    return [_series(name, groups[name], found[name]) for name in sorted(found)]


def _series(name: str, group: str, amounts: dict[int, float]) -> Series:
    first = min(amounts)
    days = np.full(max(amounts) - first + 1, np.nan)
    for day, amount in amounts.items():
        days[day - first] = amount
    return Series(name, group, first, days)


# ---------------------------------------------------------------- disturbances


class Disturbance(StrEnum):
    """What happens to an account from one day to the next."""

    FEE = "fee"
    SPIKE = "spike"
    STEP = "step"
    RAMP = "ramp"


def firsts_of_months(first: int, count: int) -> NDArray[np.bool_]:
    """Tell which of ``count`` days from the ordinal ``first`` on are the first of a month."""
    return np.array([date.fromordinal(first + day).day == 1 for day in range(count)], dtype=bool)


def disturb(days: Days, kind: Disturbance, between: tuple[int, int], firsts: NDArray[np.bool_], rng: Generator) -> Days:
    """Lay one disturbance over ``days``, from a day ``between`` on; a fee lies on every first of a month."""
    out, mean = days.copy(), max(float(days.mean()), 1e-9)
    if kind is Disturbance.FEE:
        out[firsts] += mean * rng.uniform(3, 12)
    start = int(rng.integers(*between))
    if kind is Disturbance.SPIKE:
        out[start : start + int(rng.integers(2, 7))] += mean * rng.uniform(3, 15)
    elif kind is Disturbance.STEP:
        out[start:] = out[start:] * rng.uniform(1.7, 4.0) + 0.3 * mean
    elif kind is Disturbance.RAMP:
        out[start:] *= (1 + rng.uniform(0.015, 0.04)) ** np.minimum(np.arange(len(days) - start), 60)
    return out


# ---------------------------------------------------------------- invented accounts


def invent(count: int, rng: Generator) -> Days:
    """Invent ``count`` days of an account's spend, from a Monday on: steady, flat, in the news, bursty, on and off."""
    kinds = (_steady, _flat, _newsworthy, _bursty, _on_and_off)
    days = kinds[rng.choice(len(kinds), p=(0.40, 0.08, 0.12, 0.25, 0.15))](count, rng)
    if happens(0.15, rng):
        for _ in range(int(rng.integers(1, 3))):
            days[int(rng.integers(count)) :] *= np.exp(rng.normal(0, 0.6))
    return days


def happens(share: float, rng: Generator) -> bool:
    """Throw a coin that falls on yes in ``share`` of all cases."""
    return bool(rng.random() < share)


def _weekly(count: int, rng: Generator) -> Days:
    """Quiet or busy weekends in six of ten accounts, a pattern of its own in two, none in two."""
    week = np.ones(7)
    if happens(0.6, rng):
        week[5:] = rng.uniform(0, 1.3) * rng.uniform(0.8, 1.2, 2)
    elif happens(0.5, rng):
        week = rng.lognormal(0, rng.uniform(0.02, 0.4), 7)
    return np.asarray(np.resize(week, count))


def _waves(count: int, spread: float, memory: float, rng: Generator) -> Days:
    """Noise that remembers: each day keeps ``memory`` of the day before."""
    shocks = rng.normal(0, spread, count) * np.append(1.0, np.full(count - 1, np.sqrt(1 - memory * memory)))
    for day in range(1, count):
        shocks[day] += memory * shocks[day - 1]
    return np.asarray(shocks)


def _drift(count: int, rng: Generator) -> Days:
    """A level that wanders, or does not."""
    drift: Days = np.cumsum(rng.normal(0, rng.choice([0, 0.005, 0.02, 0.04]), count))
    return drift


def _steady(count: int, rng: Generator) -> Days:
    """A level that drifts, with weekdays, seasons, weather, quiet days and better or worse fortnights."""
    day = np.arange(count)
    spread = rng.choice([0.03, 0.1, 0.2, 0.35, 0.6]) * rng.uniform(0.6, 1.5)
    logs = _waves(count, spread, rng.uniform(0, 0.95), rng) + _drift(count, rng)
    if happens(0.4, rng):
        logs += rng.choice([0.03, 0.1, 0.2]) * rng.standard_t(3, count).clip(-8, 8)
    if happens(0.4, rng):
        season = day / rng.choice([365, 365, 90]) + rng.random()
        logs += rng.uniform(0.1, 0.8) * np.sin(2 * np.pi * season)
    days: Days = np.exp(logs) * _weekly(count, rng)
    if happens(0.4, rng):
        days[rng.random(count) < 1 / rng.uniform(15, 90)] *= rng.uniform(0, 0.8)
    if happens(0.3, rng):
        for _ in range(rng.poisson(count / 50)):
            start = int(rng.integers(count))
            days[start : start + int(rng.integers(1, 15))] *= rng.uniform(0, 1.6)
    return days


def _flat(count: int, rng: Generator) -> Days:
    """The same every day but for steps; some bills hold two days at once."""
    days: Days = np.exp(rng.normal(0, rng.choice([0.002, 0.01, 0.03]), count) + 0.3 * _drift(count, rng))
    if happens(0.3, rng):
        days[rng.random(count) < rng.uniform(0.02, 0.5)] *= 2
    for _ in range(rng.poisson(1.0)):
        days[int(rng.integers(count)) :] *= np.exp(rng.normal(0, 0.5))
    return days


def _newsworthy(count: int, rng: Generator) -> Days:
    """A level with surges that fade within days."""
    days: Days = np.exp(_waves(count, 0.15, 0.8, rng) + _drift(count, rng)) * _weekly(count, rng)
    for _ in range(rng.poisson(count / rng.uniform(20, 120))):
        start = int(rng.integers(count))
        days[start:] += rng.lognormal(0.3, 0.9) * np.exp(-np.arange(count - start) / rng.uniform(0.4, 5))
    return days


def _bursty(count: int, rng: Generator) -> Days:
    """Jobs on some days, of very different sizes, often none at weekends."""
    sizes = rng.lognormal(0, rng.uniform(0.4, 1.6), count) * (rng.random(count) < rng.uniform(0.15, 0.95))
    days: Days = sizes * np.exp(_waves(count, rng.uniform(0.1, 0.8), rng.uniform(0.5, 0.97), rng)) * _weekly(count, rng)
    if happens(0.35, rng):
        weekends = np.isin(np.arange(count) % 7, (5, 6))
        days[weekends] *= rng.uniform(0, 0.3)
    return days


def _on_and_off(count: int, rng: Generator) -> Days:
    """Busy stretches and idle ones, with or without a small base."""
    days, start, busy = np.zeros(count), 0, happens(0.6, rng)
    long, short, spread = rng.uniform(3, 40), rng.uniform(2, 20), rng.uniform(0.1, 1.2)
    while start < count:
        end = min(start + 1 + int(rng.exponential(long if busy else short)), count)
        if busy:
            days[start:end] = rng.lognormal(0, 0.7) * rng.lognormal(0, spread, end - start)
        start, busy = end, not busy
    base = rng.uniform(0.02, 0.5) if happens(0.5, rng) else 0.0
    return days * _weekly(count, rng) + base
