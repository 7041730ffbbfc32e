"""What hourly readings are worth: ``python -m benchmarks.intraday [--data FILE.csv] [--json]``.

Prepaid accounts are replayed hour by hour, and warned by the product's projection with and without what today has
shown so far. An account is an hourly series as it is, or with one disturbance laid over it: a fee on the first of the
month, a spike, a step, a ramp. Each has several owners with balances of their own; at zero the balance has run out,
and at nine the next morning it is topped up.

Warned is once in six days and top-up, when the probability of running out within six days is above a threshold. A
warning is false if the balance would have lasted longer than six days; an end is recalled if a warning led it by at
least 72 hours (24 hours) and at most twelve days. Recall is read at equal false alarms per account-month.

FILE.csv: ``series_id,time,value`` by the hour, or ``series,date,00,...,23`` as ``demo/data/hourly.csv`` has it.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.random import default_rng

from benchmarks.scoring import normal_scores, pinball
from shared.intraday import MEDIAN, spend_ahead
from shared.model import Certainty, DaySpend, SpendSeries, start_of_day
from shared.projection import QUANTILES, project_spend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DATA = Path(__file__).parents[1] / "demo" / "data" / "hourly.csv"
WARM, TAIL = 14, 7
"""Days before an account's first hour, and after its last."""
WITHIN, OLDEST, MEMORY = 6, 12, 90
"""Days: the promise twice over; how early a warning may come; the history that the projection sees."""
OWNERS = 12
BUDGETS = (0.02, 0.05, 0.1, 0.2)
"""False alarms per account-month at which recall is read."""
_DAY = 24


class Kind(StrEnum):
    """What is laid over a series."""

    REAL = "real"
    FEE = "fee"
    SPIKE = "spike"
    STEP = "step"
    RAMP = "ramp"


@dataclass(frozen=True, slots=True)
class Hourly:
    """Spend by the hour from midnight of ``first`` on, mean 1."""

    name: str
    first: date
    spent: Floats


@dataclass(frozen=True, slots=True)
class Owner:
    """What one owner of an account had, by the hour from the warm-up on."""

    balance: Floats
    cycle: NDArray[np.int64]
    """How often it was topped up before."""
    days_left: Floats
    """What it lasted without a top-up."""
    ends: dict[int, int]
    """By cycle: the hour at which it ran out, at least three days after the top-up."""


# ---------------------------------------------------------------- accounts


def read_hourly(path: Path) -> Iterator[Hourly]:
    """The series of a file; missing hours are filled in between their neighbours."""
    found: dict[str, dict[datetime, float]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            series = found.setdefault(row.get("series_id") or row["series"], {})
            if "value" in row:
                series[datetime.fromisoformat(row["time"]).replace(tzinfo=UTC)] = float(row["value"])
                continue
            day = datetime.fromisoformat(row["date"]).replace(tzinfo=UTC)
            series.update({day + timedelta(hours=h): float(row[f"{h:02}"]) for h in range(_DAY) if row[f"{h:02}"]})
    for name, values in sorted(found.items()):
        start = min(values).replace(hour=0)
        at = np.array([(moment - start) / timedelta(hours=1) for moment in sorted(values)])
        count = int(at[-1] + 1) // _DAY * _DAY
        spent = np.interp(np.arange(count), at, [max(values[moment], 0.0) for moment in sorted(values)])
        if count >= (WARM + TAIL + 5) * _DAY and spent.mean() > 0:
            yield Hourly(name, start.date(), spent / spent.mean())


def disturbed(series: Hourly, kind: Kind, rng: Generator) -> Hourly:
    """The series with a disturbance, mean 1 again."""
    spent, days = series.spent.copy(), len(series.spent) // _DAY
    start = int(rng.integers((WARM + 3) * _DAY, max((WARM + 4) * _DAY, (days - TAIL - 1) * _DAY)))
    if kind is Kind.FEE:
        for day in range(days):
            if (series.first + timedelta(days=day)).day == 1:
                spent[day * _DAY + rng.integers(0, 10)] += _DAY * rng.uniform(3, 12)
    elif kind is Kind.SPIKE:
        spent[start : start + int(rng.integers(36, 160))] += rng.uniform(3, 15)
    elif kind is Kind.STEP:
        spent[start:] = spent[start:] * rng.uniform(1.7, 4.0) + 0.3
    elif kind is Kind.RAMP:
        spent[start:] *= (1 + rng.uniform(0.015, 0.04)) ** (np.arange(len(spent) - start) / _DAY)
    return Hourly(series.name, series.first, spent / spent.mean())


def owned(series: Hourly, rng: Generator) -> Owner:
    """One owner's balance over the hours that are judged."""
    spent, total = series.spent, np.concatenate([[0.0], np.cumsum(series.spent)])
    begin, end = WARM * _DAY, len(spent) - TAIL * _DAY
    left, cycle, born, empty = _usual(spent, begin) * rng.uniform(3, 18), 0, begin, False
    rows: list[tuple[float, int, float]] = []
    ends: dict[int, int] = {}
    for hour in range(begin, end):
        if empty and hour % _DAY == 9:  # noqa: PLR2004 (nine in the morning)
            left, cycle, born, empty = _usual(spent, hour) * rng.uniform(8, 25), cycle + 1, hour, False
        over = int(np.searchsorted(total, total[hour] + left))
        rows.append((left, cycle, 0.0 if empty else (over - hour) / _DAY if over < len(total) else np.inf))
        left -= spent[hour]
        if not empty and left <= 0:
            empty = True
            if hour + 1 - born >= 3 * _DAY:
                ends[cycle] = hour + 1 - begin
    balance, cycles, days_left = zip(*rows, strict=True)
    return Owner(np.array(balance), np.array(cycles), np.array(days_left), ends)


def _usual(spent: Floats, hour: int) -> float:
    return max(float(spent[max(0, hour - WARM * _DAY) : hour].mean()) * _DAY, 0.05)


# ---------------------------------------------------------------- projections


def with_today(series: SpendSeries, now: datetime) -> tuple[float, Sequence[Sequence[float]]]:
    """The product's own: how long the first step lasts, and a path for each quantile."""
    ahead = spend_ahead(series, now)
    assert ahead is not None
    return ahead.first, ahead.paths


def without_today(series: SpendSeries, now: datetime) -> tuple[float, Sequence[Sequence[float]]]:
    """The morning's projection less the hours that have passed, whatever today has shown."""
    passed = (now - start_of_day(series.today)) / timedelta(days=1)
    rows = project_spend([float(day.amount) for day in series.days], series.today)
    return 1.0 - passed, [[row[q] - rows[0][q] * passed for row in rows] for q in range(len(QUANTILES))]


def quantiles_within(series: Hourly, project: Callable[..., tuple[float, Sequence[Sequence[float]]]]) -> Floats:
    """The quantiles of the spend of the next six days, hour by hour."""
    days = series.spent.reshape(-1, _DAY)
    known = [
        DaySpend(series.first + timedelta(days=n), Decimal(str(round(day.sum(), 6))), Certainty.MEASURED)
        for n, day in enumerate(days)
    ]
    rows = []
    for hour in range(WARM * _DAY, len(series.spent) - TAIL * _DAY):
        at, passed = divmod(hour, _DAY)
        today = series.first + timedelta(days=at)
        so_far = Decimal(str(round(days[at, :passed].sum(), 6)))
        last = days[at - 2 : at]
        usually = float(last[:, :passed].sum() / last.sum()) if last.sum() > 0 else None
        past = SpendSeries("CNY", tuple(known[max(0, at - MEMORY) : at]), today, so_far, usually_spent=usually)
        first, paths = project(past, start_of_day(today) + timedelta(hours=passed))
        step, share = divmod(WITHIN - first, 1.0)
        rows.append([path[int(step)] * (1 - share) + path[int(step) + 1] * share for path in paths])
    return np.array(rows)


# ---------------------------------------------------------------- scores


def score(
    accounts: Sequence[Hourly], owners: Sequence[Sequence[Owner]], quantiles: Sequence[Floats]
) -> dict[str, object]:
    """Recall at equal false alarms, calibration, and how much the projection jumps at midnight."""
    watched = [
        (normal_scores(ahead, owner.balance), owner)
        for ahead, some in zip(quantiles, owners, strict=True)
        for owner in some
    ]
    near = np.concatenate([urgency[owner.days_left <= OLDEST] for urgency, owner in watched])
    points = [_point(watched, threshold) for threshold in np.quantile(near, np.linspace(0.004, 0.9, 40))]
    false, early, late = np.maximum.accumulate(np.array([(0.0, 0.0, 0.0), *sorted(points)]), axis=0).T
    came = [_came(account, len(ahead)) for account, ahead in zip(accounts, quantiles, strict=True)]
    below = np.mean([(c[:, None] <= a).mean(axis=0) for c, a in zip(came, quantiles, strict=True)], axis=0)
    losses = [pinball(float(c[n]), a[n]) for c, a in zip(came, quantiles, strict=True) for n in range(0, len(c), 5)]
    midnight, other = _jumps(quantiles)
    return {
        "recall72": {str(budget): round(float(np.interp(budget, false, early)), 3) for budget in BUDGETS},
        "recall24": {str(budget): round(float(np.interp(budget, false, late)), 3) for budget in BUDGETS},
        "cover_10_50_90": [round(float(below[q]), 3) for q in (1, MEDIAN, 5)],
        "pinball": round(float(np.mean(losses)), 4),
        "jump_at_midnight_percent": round(100 * midnight, 2),
        "jump_at_other_hours_percent": round(100 * other, 2),
    }


def _point(watched: Sequence[tuple[Floats, Owner]], threshold: float) -> tuple[float, float, float]:
    """False alarms per account-month, recall at 72 h, recall at 24 h."""
    false, leads, ends, hours = 0, [], 0, 0
    for urgency, owner in watched:
        told: dict[int, int] = {}
        last, last_cycle = -WITHIN * _DAY, -1
        for hour in np.flatnonzero((urgency <= threshold) & (owner.days_left > 0)).tolist():
            cycle = int(owner.cycle[hour])
            if cycle == last_cycle and hour - last < WITHIN * _DAY:
                continue
            last, last_cycle = hour, cycle
            false += owner.days_left[hour] > WITHIN
            lead = owner.ends.get(cycle, -1) - hour
            if 0 < lead <= OLDEST * _DAY:
                told[cycle] = max(told.get(cycle, 0), lead)
        leads += list(told.values())
        ends, hours = ends + len(owner.ends), hours + len(urgency)
    early, late = (sum(lead >= least for lead in leads) / max(ends, 1) for least in (72, 24))
    return false / (hours / (30 * _DAY)), early, late


def _came(account: Hourly, hours: int) -> Floats:
    """What the next six days really cost, hour by hour."""
    total = np.concatenate([[0.0], np.cumsum(account.spent)])
    begin = WARM * _DAY
    return np.asarray(total[begin + WITHIN * _DAY :][:hours] - total[begin : begin + hours])


def _jumps(quantiles: Sequence[Floats]) -> tuple[float, float]:
    """The mean change of the median from one hour to the next, as a share of it: at midnight, and at other hours."""
    changes = [np.abs(np.diff(np.log(np.maximum(ahead[:, MEDIAN], 1e-6)))) for ahead in quantiles]
    at_midnight = [change[_DAY - 1 :: _DAY] for change in changes]
    other = [np.delete(change, np.s_[_DAY - 1 :: _DAY]) for change in changes]
    return float(np.mean(np.concatenate(at_midnight))), float(np.mean(np.concatenate(other)))


def compare(path: Path, seed: int = 1) -> dict[str, object]:
    """Both projections on the same accounts."""
    accounts, owners = [], []
    for number, series in enumerate(read_hourly(path)):
        for turn, kind in enumerate(Kind):
            rng = default_rng([seed, number, turn])
            accounts.append(disturbed(series, kind, rng))
            owners.append([owned(accounts[-1], rng) for _ in range(OWNERS)])
    results: dict[str, object] = {
        name: score(accounts, owners, [quantiles_within(account, project) for account in accounts])
        for name, project in (("without today", without_today), ("with today", with_today))
    }
    hours = sum(len(owner.balance) for some in owners for owner in some)
    ends = sum(len(owner.ends) for some in owners for owner in some)
    size: dict[str, object] = {"accounts": len(accounts), "account_months": hours / (30 * _DAY), "ends": ends}
    return size | results


def main(arguments: list[str] | None = None) -> int:
    """Print what today's spend so far is worth."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.intraday", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", dest="as_json")
    options = parser.parse_args(arguments)
    results = compare(options.data, options.seed)
    if options.as_json:
        print(json.dumps(results, indent=2))
        return 0
    for name, value in results.items():
        if isinstance(value, dict):
            print(f"{name}:")
            for measure, figure in value.items():
                print(f"  {measure:28} {figure}")
        else:
            print(f"{name}: {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
