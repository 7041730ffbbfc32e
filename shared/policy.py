"""Where an account stands on the level ladder, and why.

Each kind of line (runway, risk, available amount, month budget) looks at one figure. With ``enter`` the level by
the enter bounds and ``hold`` the level by the leave bounds, ``level = max(enter, min(before, hold))``: inside a band
nothing changes. A figure that is not known enters nothing and resolves nothing. Being overdue or suspended is a
fact, not a projection, and has no band.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from shared.config.lines import Band
from shared.model import AlertState, Level
from shared.runway import days_at, probability_empty_within

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from shared.config import Policy
    from shared.config.lines import RisingBand
    from shared.model import Balance, Runway, SpendSeries


@dataclass(frozen=True, slots=True)
class Gauge:
    """One figure of an account and the lines drawn for it."""

    name: str
    """As the policy names its kind of line: runway, risk, available_amount, month_budget."""
    value: Decimal | None
    """Days, percent or an amount, as the lines are; None if it is not known."""
    bands: tuple[tuple[Level, Band | RisingBand], ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The level, and what it was read from."""

    level: Level
    gauges: tuple[Gauge, ...]
    crossed: tuple[str, ...] = ()
    """The lines that were crossed, for example ``runway.warning``; the most serious of each gauge."""


def evaluate(
    before: AlertState,
    policy: Policy,
    balance: Balance,
    series: SpendSeries,
    runway: Runway | None,
) -> Evaluation:
    """The level that the figures give, coming from ``before``."""
    gauges = tuple(_gauges(policy, balance, series, runway))
    enter, hold = Level.HEALTHY, Level.HEALTHY
    crossed = []
    for gauge in gauges:
        entered = _level_by(gauge, leaving=False)
        enter, hold = max(enter, entered), max(hold, _level_by(gauge, leaving=True))
        if entered > Level.HEALTHY:
            crossed.append(f"{gauge.name}.{entered.label}")
    level = max(enter, min(before.level, hold), _fact(before, policy, balance))
    return Evaluation(level, gauges, tuple(crossed))


def advance(before: AlertState, level: Level, balance: Balance) -> AlertState:
    """The state after a successful reading at ``level``: since when it holds, and since when the debt is there."""
    overdue_since = (before.overdue_since or balance.at) if balance.available_amount < 0 else None
    seen = replace(before, level=level, overdue_since=overdue_since, seen_at=balance.at, failed_runs=0, failure="")
    if level == before.level and before.since is not None:
        return seen
    return replace(seen, since=balance.at, acknowledged_at=None, acknowledged_by="", escalated_at=None)


def fail(before: AlertState, cause: str, now: datetime) -> AlertState:
    """The state after a failed reading: everything stays as it was, and the failure is counted, once a run."""
    again = before.seen_at == now
    return replace(before, seen_at=now, failed_runs=before.failed_runs + (not again), failure=cause)


def awaited(before: AlertState, now: datetime, *, topped_up: bool) -> AlertState:
    """The state with the word that money is under way forgotten, once a top-up was seen or its time is over."""
    if before.paying_until is None or not (topped_up or now >= before.paying_until):
        return before
    return replace(before, paying_until=None, paying_by="")


def _gauges(policy: Policy, balance: Balance, series: SpendSeries, runway: Runway | None) -> Iterator[Gauge]:
    if lines := policy.runway:
        days = None if runway is None else _decimal(days_at(runway, lines.quantile))
        yield Gauge("runway", days, lines.bands())
    if risk := policy.risk:
        share = None if runway is None else probability_empty_within(runway, float(risk.within_days))
        yield Gauge("risk", None if share is None else _decimal(100 * share), risk.bands())
    if amounts := policy.available_amount:
        yield Gauge("available_amount", balance.available_amount, amounts.bands())
    if budget := policy.month_budget:
        yield Gauge("month_budget", 100 * series.spent_this_month / budget.amount, budget.bands())


def _level_by(gauge: Gauge, *, leaving: bool) -> Level:
    """The most serious level whose bound the figure is beyond; an unknown figure leaves none and enters none."""
    if gauge.value is None:
        return Level.CRITICAL if leaving else Level.HEALTHY
    reached = (level for level, band in gauge.bands if _beyond(gauge.value, band, leaving=leaving))
    return max(reached, default=Level.HEALTHY)


def _beyond(value: Decimal, band: Band | RisingBand, *, leaving: bool) -> bool:
    if isinstance(band, Band):
        return value < (band.leave_at if leaving else band.enter_below)
    return value > (band.leave_at if leaving else band.enter_above)


def _fact(before: AlertState, policy: Policy, balance: Balance) -> Level:
    """What is so whatever the projection says: below zero, and below zero for longer than the grace that is known."""
    if balance.available_amount >= 0:
        return Level.HEALTHY
    since = before.overdue_since or balance.at
    if policy.grace_hours is not None and balance.at - since >= timedelta(hours=policy.grace_hours):
        return Level.SUSPENDED
    return Level.OVERDUE


def _decimal(value: float) -> Decimal:
    """A projection's figure with the digits that mean something; infinity stays infinity."""
    return Decimal(str(round(value, 4)))
