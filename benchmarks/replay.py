"""How long what-if takes: ``python -m benchmarks.replay [--accounts 1000] [--days 90] [--processes 2] [--json]``.

Accounts are made in memory from the shipped spend series: each has a piece of one, an owner who tops up, and hourly
figures as the check stores them. The projection is stood in for by the last week's mean with a fixed spread, since it
is the replay that is measured. All hours are then judged by the project's own agency.yaml, and by one with other lines.
``seconds`` is the wall clock from the first account to the last sum; making the figures is part of it.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import starmap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import default_rng

from benchmarks.spend_series import read_series
from shared.app.runs import settle
from shared.comparison import compare, total
from shared.config import Config, parse_config
from shared.model import Account, Contact, Level, Runway, shanghai_day
from shared.replay import Past, replay
from shared.snapshot import Figures, Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.random import Generator
    from numpy.typing import NDArray

    from shared.comparison import Pair

    Floats = NDArray[np.float64]

ROOT = Path(__file__).parents[1]
START = datetime(2026, 1, 4, 16, 7, tzinfo=UTC)
"""Just after midnight in Asia/Shanghai."""
HOUR = timedelta(hours=1)
_DAY, _WEEK, _WORST_OF = 24, 7, 14
_OFFICE_DAY = np.array([6] * 8 + [12] * 4 + [10] * 2 + [13] * 4 + [11] * 6) / 234
"""How a day's spend lies over its hours."""
_SPREAD = (1.45, 1.3, 1.12, 1.0, 0.9, 0.8, 0.74)
"""Days left at the quantiles of spend, beside the days at the mean."""
_CHUNK = 20


@dataclass(frozen=True, slots=True)
class Share:
    """What one process has done with some accounts."""

    pairs: tuple[Pair, ...]
    making: float
    """Seconds."""
    replaying: float
    peak_mb: float


# ---------------------------------------------------------------- accounts


@lru_cache(maxsize=1)
def _pieces() -> list[Floats]:
    return [one.filled() for one in read_series(ROOT / "benchmarks" / "data" / "spend_series.csv")]


def past_of(number: int, days: int) -> Past:
    """One account's hours; the same number gives the same account."""
    rng = default_rng([1, number])
    series = _pieces()[number % len(_pieces())]
    start = int(rng.integers(0, max(1, len(series) - days - _WORST_OF)))
    daily = np.resize(np.roll(series, -start), days + _WORST_OF) * rng.lognormal(4, 1.5) + 0.01
    uid = f"{2000000000000000 + number}"
    people = tuple(Contact(f"联系人{n}", f"1380{number:06}{n}"[:11], f"c{n}@example.com") for n in range(2))
    account = Account(uid, f"示例客户{number}", people)
    snapshots = [
        Snapshot(uid, one.at, "CNY", one.available_amount, Level.HEALTHY, figures=one) for one in _figures(daily, rng)
    ]
    return Past(account, snapshots)


def _figures(daily: Floats, rng: Generator) -> Iterator[Figures]:
    spent = (daily[:, None] * _OFFICE_DAY).ravel()
    rates = [max(float(spent[n * _DAY - _WEEK * _DAY : n * _DAY].mean()), 1e-6) for n in range(_WORST_OF, len(daily))]
    balance, paid = _balances(spent[_WORST_OF * _DAY :], np.array(rates), rng)
    lasts = np.maximum(balance, 0.0) / np.repeat(np.array(rates) * _DAY, _DAY)
    days_left = np.outer(lasts, _SPREAD).tolist()
    month = Decimal(0)
    for hour, (left, payment, lasts_for) in enumerate(zip(balance.tolist(), paid.tolist(), days_left, strict=True)):
        at, place = START + hour * HOUR, hour // _DAY
        if hour % _DAY == 0:
            month = Decimal(0) if shanghai_day(at).day == 1 else month + Decimal(f"{daily[place]:.2f}")
            worst = Decimal(f"{daily[place : place + _WORST_OF].max():.2f}")
            rate = rates[place] * _DAY
            spend, rows = Decimal(f"{rate:.2f}"), tuple(rate / factor for factor in _SPREAD)
        yield Figures(
            at,
            "CNY",
            Decimal(f"{left:.2f}"),
            Runway(at, tuple(lasts_for), rows, _WORST_OF),
            spend,
            spent_this_month=month,
            worst_day=worst,
            topped_up=Decimal(f"{payment:.2f}") if payment else Decimal(0),
        )


def _balances(spent: Floats, rates: Floats, rng: Generator) -> tuple[Floats, Floats]:
    """Three owners in ten pay in time, the others some hours after the balance ran out."""
    left = float(rates[0]) * _DAY * rng.uniform(3, 40)
    balance, paid = np.empty(len(spent)), np.zeros(len(spent))
    care, late = (rng.uniform(1, 6) if rng.random() < 0.3 else None), int(rng.integers(2, 40))  # noqa: PLR2004
    below = 0
    for hour, cost in enumerate(spent.tolist()):
        left -= cost
        rate = float(rates[hour // _DAY]) * _DAY
        below = below + 1 if left < 0 else 0
        if below > late or (care is not None and left < care * rate):
            paid[hour], below = rate * rng.uniform(8, 40), 0
            left += paid[hour]
        balance[hour] = left
    return balance, paid


# ---------------------------------------------------------------- two configurations


@lru_cache(maxsize=1)
def configs() -> tuple[Config, Config]:
    """The project's own agency.yaml, and the same with other lines."""
    text = (ROOT / "agency.yaml").read_text(encoding="utf-8")
    other = (
        text.replace("enter_below: 14   ", "enter_below: 21   ", 1)
        .replace("leave_at: 17      ", "leave_at: 25      ", 1)
        .replace("enter_above: 80   ", "enter_above: 60   ", 1)
        .replace("leave_at: 60      ", "leave_at: 40      ", 1)
        .replace("warning: 72\n", "warning: 48\n", 1)
    )
    return parse_config(text), parse_config(other)


def work(first: int, last: int, days: int) -> Share:
    """Make some accounts, and replay them by both configurations."""
    before, after = configs()
    settle()
    pairs, making, replaying = [], 0.0, 0.0
    for number in range(first, last):
        began = time.perf_counter()
        past = past_of(number, days)
        made = time.perf_counter()
        pairs.append(compare(past, before, after))
        making, replaying = making + made - began, replaying + time.perf_counter() - made
    return Share(tuple(pairs), making, replaying, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def measure(accounts: int, days: int, processes: int) -> dict[str, Any]:
    """Replay so many accounts, and say how long it took."""
    chunks = [(first, min(first + _CHUNK, accounts), days) for first in range(0, accounts, _CHUNK)]
    began = time.perf_counter()
    if processes == 1:
        shares = list(starmap(work, chunks))
    else:
        with ProcessPoolExecutor(processes) as pool:
            shares = list(pool.map(work, *zip(*chunks, strict=True)))
    pairs = [pair for share in shares for pair in share.pairs]
    before, after = configs()
    sums = total((pair.before for pair in pairs), before), total((pair.after for pair in pairs), after)
    seconds = time.perf_counter() - began
    sides = [side.replayed for pair in pairs for side in (pair.before, pair.after)]
    hours, asked = sum(one.hours for one in sides), sum(one.asked for one in sides)
    return {
        "accounts": accounts,
        "days": days,
        "processes": processes,
        "seconds": round(seconds, 2),
        "of_it_making_figures": round(sum(share.making for share in shares) / processes, 2),
        "of_it_replaying": round(sum(share.replaying for share in shares) / processes, 2),
        "account_hours": hours,
        "hours_a_second": round(hours / seconds),
        "policy_asked_percent": round(100 * asked / hours, 2),
        "peak_rss_mb_of_a_process": round(max(share.peak_mb for share in shares), 1),
        "accounts_that_change": sum(pair.changed for pair in pairs),
        "sms": [one.sms for one in sums],
        "ran_out": [one.ran_out for one in sums],
        "unwarned": [one.unwarned for one in sums],
        "median_lead_days": [None if one.median_lead is None else round(one.median_lead, 2) for one in sums],
        "false_alarms": [one.false_alarms for one in sums],
    }


def without_shortcut(accounts: int, days: int) -> dict[str, Any]:
    """What asking the policy in every hour takes, one process, and whether the same comes out."""
    pasts = [past_of(number, days) for number in range(accounts)]
    before, _ = configs()
    began = time.perf_counter()
    every = [replay(past, before, every_hour=True) for past in pasts]
    seconds = time.perf_counter() - began
    same = all(one.tellings == replay(past, before).tellings for one, past in zip(every, pasts, strict=True))
    hours = sum(one.hours for one in every)
    return {"accounts": accounts, "hours_a_second_of_a_process": round(hours / seconds), "same": same}


def main(arguments: list[str] | None = None) -> int:
    """Print how long it takes."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.replay", description=__doc__)
    parser.add_argument("--accounts", type=int, default=1000)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--json", action="store_true", dest="as_json")
    options = parser.parse_args(arguments)
    found = measure(options.accounts, options.days, options.processes)
    found["without_shortcut"] = without_shortcut(min(options.accounts, 10), options.days)
    if options.as_json:
        print(json.dumps(found, indent=2))
        return 0
    for name, value in found.items():
        print(f"{name:28} {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
