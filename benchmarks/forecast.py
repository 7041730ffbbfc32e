"""How good the projection is: ``python -m benchmarks.forecast [--data FILE.csv] [--json] [--out FOLDER]``.

Prepaid accounts are replayed on real spend series (`benchmarks.ledger`), our projection and what others do warn them,
and the warnings are scored (`benchmarks.scoring`). A forecast's urgency is the probability that the balance outlasts
6 days, twice the promised 72 hours. ``--out`` takes plots: reliability, recall against false alarms, fans of accounts.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import dataclass
from datetime import date
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import peers
from benchmarks.charts import Band, Chart, Line
from benchmarks.ledger import Account, Balances, Scenario, accounts
from benchmarks.scoring import (
    BUDGETS,
    CALIBRATED,
    FALSE_AFTER,
    HORIZON,
    MAIN,
    Mornings,
    Point,
    best_within,
    calibrate,
    mornings,
    normal_scores,
    recall_at,
    runways,
    sweep,
    warn,
)
from benchmarks.spend_series import read_series
from shared.projection import QUANTILES, project_spend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    Days = NDArray[np.float64]

DATA = Path(__file__).parent / "data" / "spend_series.csv"
OURS, NAIVE = "our projection", "seasonal naive"
LEVEL_SCORE = -1.0364
"""The normal score of the warning level that is carried over: empty within 6 days with a probability of 0.85."""
MEDIAN = QUANTILES.index(0.50)
IN_SIGHT = 10
"""The median runway is judged where the balance really lasts at most this many days."""


def forecaster(history: Days, horizon: int, next_day: date) -> Days:
    """Wrap `shared.projection.project_spend`, and nothing else: NaN is a missing day."""
    days = [None if isnan(day) else day for day in history.tolist()]
    return np.array(project_spend(days, next_day, horizon))


# ---------------------------------------------------------------- policies


@dataclass(frozen=True, slots=True)
class Policy:
    """A name, the urgency of every morning, and for forecasts the quantiles per account and the time of one."""

    name: str
    urgency: Days
    quantiles: list[Days] | None = None
    microseconds: float | None = None


def forecast(name: str, every: Sequence[Account], function: Callable[[Days, int, date], Days]) -> Policy:
    """Ask a forecast for the quantiles of every morning."""
    quantiles, times = [], []
    for at, account in enumerate(every):
        rows = np.empty((len(account.histories), HORIZON, len(QUANTILES)))
        for morning, history in enumerate(account.histories):
            day = date.fromordinal(account.first + account.warm + morning)
            began = time.perf_counter()
            rows[morning] = function(history, HORIZON, day)
            times.append(time.perf_counter() - began)
        rows = np.nan_to_num(rows, posinf=1e9)
        quantiles.append(np.maximum.accumulate(np.maximum.accumulate(rows, axis=1), axis=2))
        _progress(f"{name}: account {at + 1} of {len(every)}")
    urgency = [normal_scores(q[:, FALSE_AFTER - 1], r.balance) for q, _, r in _runs(every, quantiles)]
    return Policy(name, np.concatenate(urgency), quantiles, float(np.median(times)) * 1e6)


def burn_rate(name: str, every: Sequence[Account], rate: peers.BurnRate) -> Policy:
    """Days left at a burn rate."""
    rates = [
        np.array([rate(h, date.fromordinal(a.first + a.warm + at)) for at, h in enumerate(a.histories)]) for a in every
    ]
    urgency = [run.balance / np.maximum(daily, 1e-6) for daily, _, run in _runs(every, rates)]
    return Policy(name, np.concatenate(urgency))


def rule(name: str, every: Sequence[Account], function: Callable[[Account, Balances], Days]) -> Policy:
    """A rule on the balance alone."""
    return Policy(name, np.concatenate([function(a, run) for a in every for run in a.runs]))


def policies(every: Sequence[Account]) -> Iterable[Policy]:
    """Yield our projection first, then what others do."""
    yield forecast(OURS, every, forecaster)
    yield rule("fixed amount", every, peers.fixed_amount)
    yield rule("share of top-up", every, peers.share_of_top_up)
    yield burn_rate("last day", every, peers.last_day)
    yield burn_rate("last 7 days", every, peers.last_week)
    yield burn_rate("last 30 days", every, peers.last_month)
    yield burn_rate("month to date", every, peers.month_to_date)
    yield forecast(NAIVE, every, lambda history, _horizon, _day: peers.seasonal_naive(history))


def _runs(every: Sequence[Account], values: Sequence[Days]) -> Iterable[tuple[Days, Account, Balances]]:
    return ((value, a, run) for a, value in zip(every, values, strict=True) for run in a.runs)


# ---------------------------------------------------------------- scores


def score(policy: Policy, table: Mornings, every: Sequence[Account], naive: Sequence[Days]) -> list[dict[str, Any]]:
    """Score one policy in each scenario."""
    results: list[dict[str, Any]] = []
    for scenario in Scenario:
        part, urgency = table.only(scenario), policy.urgency[table.of(scenario)]
        points = sweep(part, urgency)
        best = best_within(points)
        results.append(
            {
                "policy": policy.name,
                "scenario": scenario.value,
                "recall72": {budget: recall_at(points, budget) for budget in BUDGETS},
                "recall24": recall_at(points, MAIN, "recall24"),
                "auc": float(np.mean([recall_at(points, b) for b in np.linspace(BUDGETS[0], BUDGETS[-1], 10)])),
                "threshold": best.threshold,
                "lead_hours": best.lead_hours,
                "events": len(part.arrears),
                "microseconds": policy.microseconds,
                "curve": [(point.false_alarms, point.recall72) for point in points],
            }
        )
        if policy.quantiles is not None:
            results[-1] |= _quantile_scores(policy.quantiles, every, naive, scenario)
        if policy.name == OURS:
            results[-1]["at_level"] = _at_level(warn(part, urgency, LEVEL_SCORE))
    return results


def _quantile_scores(
    quantiles: Sequence[Days], every: Sequence[Account], naive: Sequence[Days], scenario: Scenario
) -> dict[str, Any]:
    chosen = [at for at, a in enumerate(every) if scenario in (Scenario.MIXED, a.scenario)]
    of, theirs = [every[at] for at in chosen], [quantiles[at] for at in chosen]
    found = calibrate(of, theirs, [naive[at] for at in chosen])
    errors = [
        np.abs(runways(q[:, :, MEDIAN], run.balance) - run.days_left)[run.days_left <= IN_SIGHT]
        for q, _, run in _runs(of, theirs)
    ]
    return {
        "cover": {ahead: found[ahead].cover for ahead in CALIBRATED},
        "pinball": {ahead: found[ahead].pinball for ahead in CALIBRATED},
        "runway_error_hours": float(np.median(np.concatenate(errors)) * 24),
    }


def _at_level(point: Point) -> dict[str, float]:
    return {"false_alarms": point.false_alarms, "recall72": point.recall72, "recall24": point.recall24}


# ---------------------------------------------------------------- what people see


def table_row(result: dict[str, Any]) -> str:
    """Return one line of the table."""
    recalls = " ".join(f"{result['recall72'][budget]:6.3f}" for budget in BUDGETS)
    line = f"{result['policy']:16} {result['scenario']:6} {recalls} {result['auc']:6.3f} {result['recall24']:6.3f}"
    line += f" {result['lead_hours']:6.1f}"
    if "cover" in result:
        cover = "/".join(f"{result['cover'][7][at]:.2f}" for at in (1, 3, 5))
        losses = " ".join(f"{result['pinball'][ahead]:.3f}" for ahead in CALIBRATED)
        line += f"  {cover}  {losses} {result['runway_error_hours']:5.1f} {result['microseconds']:6.0f}"
    return line


HEAD = (
    f"{'policy':16} {'series':6} "
    + " ".join(f"r@{budget:<4g}" for budget in BUDGETS)
    + f"    auc  r24@{MAIN:g}   lead  cover10/50/90  pin3  pin7  pin14 run_h     us"
)
LEGEND = """\
r@x: share of arrears events warned of 72 h ahead, at x false alarms per account-month; auc: its mean over 0.02 to 0.2;
r24: 24 h ahead; lead: hours, median; cover: how often spend of 7 days was within p10/p50/p90; pin: pinball loss over
that of the seasonal naive forecast; run_h: error of the median runway in hours; us: microseconds a forecast, median."""


def plots(results: Sequence[dict[str, Any]], every: Sequence[Account], ours: Policy) -> dict[str, str]:
    """Return the plots by file name."""
    mixed = [result for result in results if result["scenario"] == Scenario.MIXED]
    recall = Chart(
        "Arrears warned of 72 h ahead (mixed)",
        "false alarms per account-month",
        "share of arrears events",
        (0.0, 0.2),
        (0.0, 1.0),
        [Line(r["policy"], _within(r["curve"], 0.2), dashed=r["policy"] != OURS) for r in mixed],
    )
    covers = [
        (f"{r['policy']}, {d} d", r["cover"][d], r["policy"] != OURS) for r in mixed if "cover" in r for d in (3, 7)
    ]
    reliability = Chart(
        "Reliability of the quantiles (mixed)",
        "stated probability",
        "share of mornings on which it was so",
        (0.0, 1.0),
        (0.0, 1.0),
        [
            Line("perfect", [(0, 0), (1, 1)], dashed=True),
            *(Line(name, list(zip(QUANTILES, cover, strict=True)), dashed) for name, cover, dashed in covers),
        ],
    )
    charts = {"recall.svg": recall, "reliability.svg": reliability} | _fans(every, ours)
    return {name: chart.svg() for name, chart in charts.items()}


def _within(curve: Iterable[tuple[float, float]], rate: float) -> list[tuple[float, float]]:
    return sorted(point for point in curve if point[0] <= rate)


def _fans(every: Sequence[Account], ours: Policy) -> dict[str, Chart]:
    """Draw one stressed account of each disturbance, six days before its last arrears event but a fortnight."""
    charts: dict[str, Chart] = {}
    for account, quantiles in zip(every, ours.quantiles or [], strict=True):
        name, run = f"fan-{account.disturbance}.svg", account.runs[0]
        mornings_before = [
            int(moment) - FALSE_AFTER
            for cycle, moment in run.arrears.items()
            if moment - FALSE_AFTER >= account.warm
            and moment + HORIZON < account.end
            and run.cycle[int(moment) - FALSE_AFTER - account.warm] == cycle
        ]
        if account.scenario is Scenario.STRESS and name not in charts and mornings_before:
            charts[name] = _fan(account, run, quantiles, mornings_before[-1])
    return charts


def _fan(account: Account, run: Balances, quantiles: Days, day: int) -> Chart:
    at = day - account.warm
    balance = float(run.balance[at])
    real = balance - np.concatenate([[0.0], account.unbilled[day] + np.cumsum(account.spend[day : day + HORIZON])])
    left = balance - np.concatenate([np.zeros((1, len(QUANTILES))), quantiles[at]])
    return Chart(
        f"{account.name}, {account.disturbance}: what is left without top-up",
        "days ahead",
        "balance, in mean days of spend",
        (0, HORIZON),
        (0, float(np.ceil(balance))),
        [
            Line("really left", list(enumerate(real.tolist()))),
            Line("median", list(enumerate(left[:, MEDIAN].tolist())), dashed=True),
        ],
        [
            Band("90 %", [(h, *sorted((row[0], row[-1]))) for h, row in enumerate(left.tolist())]),
            Band("50 %", [(h, *sorted((row[2], row[4]))) for h, row in enumerate(left.tolist())]),
        ],
        ticks=(7, 5),
    )


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{text:60}", end="", file=sys.stderr, flush=True)


def main() -> None:
    """Replay, score, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, default=DATA, help="CSV of series_id,group,date,value; default: %(default)s"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    parser.add_argument("--out", type=Path, help="folder for the plots")
    options = parser.parse_args()
    series = read_series(options.data)
    every = [a for scenario in (Scenario.REAL, Scenario.STRESS) for a in accounts(series, scenario, options.seed)]
    table = mornings(every)
    naive = [np.array([peers.seasonal_naive(history) for history in account.histories]) for account in every]
    results: list[dict[str, Any]] = []
    ours = None
    if not options.json:
        print(f"{len(every)} accounts, {len(table.day) / 30:.0f} account-months\n\n{HEAD}")
    for policy in policies(every):
        ours = ours or policy
        scored = score(policy, table, every, naive)
        results += scored
        if not options.json:
            _progress("\r")
            print("\n".join(table_row(result) for result in scored), flush=True)
    _finish(options, results, every, ours)


def _finish(
    options: argparse.Namespace, results: list[dict[str, Any]], every: Sequence[Account], ours: Policy | None
) -> None:
    if options.json:
        print(json.dumps(results, indent=1))
    else:
        level = next(r["at_level"] for r in results if r["policy"] == OURS and r["scenario"] == Scenario.MIXED)
        print(f"\n{LEGEND}\n\nWarned at a probability of 0.85 of being empty within 6 days: {level}")
    if options.out and ours:
        options.out.mkdir(parents=True, exist_ok=True)
        for name, svg in plots(results, every, ours).items():
            (options.out / name).write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
