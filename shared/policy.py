"""Where an account stands on the level ladder, and why.

Each kind of line (runway, risk, available amount, share, worst day, month budget, month projection, spike) looks at one
figure. With ``enter`` the level by the enter bounds and ``hold`` the level by the leave bounds,
``level = max(enter, min(before, hold))``: inside a band nothing changes. A figure that is not known enters nothing and
resolves nothing. A policy may ask that a line is crossed for some hours before it counts (``hold_for``). Being overdue
or suspended is a fact, not a projection, and has no band.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from shared.calendar import stretch
from shared.config.lines import ShareReference
from shared.consequences import Grace, above_grace, road
from shared.frozen import frozen, replace
from shared.lead_time import lead_days
from shared.model import AlertState, Level
from shared.runway import days_at, probability_empty_within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from shared.config import Policy
    from shared.config.lines import Band, RisingBand, RiskLines, ShareLines
    from shared.consequences import Road
    from shared.consequences_data import ProductRule
    from shared.model import PaidAfter
    from shared.snapshot import Figures

OF_USE = frozenset({"spike", "month_budget", "month_projection"})
"""Gauges that speak of how much is used, not of how long the money lasts."""
_DAY = timedelta(days=1)
_NOTHING, _INFINITY = Decimal(0), Decimal("Infinity")


@frozen
class Gauge:
    """One figure of an account and the lines drawn for it."""

    name: str
    """As the policy names its kind of line."""
    value: Decimal | None
    """Days, percent or an amount, as the lines are; None if it is not known."""
    bands: tuple[tuple[Level, Band | RisingBand], ...]


@frozen
class Evaluation:
    """The level, and what it was read from."""

    level: Level
    gauges: tuple[Gauge, ...]
    crossed: tuple[str, ...] = ()
    """The lines that were crossed, for example ``runway.warning``; the most serious of each gauge."""
    entering: tuple[tuple[Level, datetime], ...] = ()
    """The levels whose lines are crossed, and since when."""
    short: Level | None = None
    """The level by the lines that speak of money running short; None: the level itself."""
    kept: tuple[str, ...] = ()
    """Where no line at the level is crossed any more: those that have not been left, for example ``spike.warning``."""

    @property
    def held(self) -> bool:
        """Whether a line is crossed that has not been so for long enough."""
        return bool(self.entering) and self.entering[-1][0] > self.level


def evaluate(before: AlertState, policy: Policy, figures: Figures) -> Evaluation:
    """The level that the figures give, coming from ``before``."""
    seen = [_see(gauge) for gauge in gauges_of(policy, figures)]
    hold = max([one.held for one in seen], default=Level.HEALTHY)
    crossed = tuple([f"{one.gauge.name}.{one.crossed[-1].label}" for one in seen if one.crossed])
    entering = _entering(before, {level for one in seen for level in one.crossed}, figures.at)
    fact = _fact(before, policy, figures)
    level = max(_entered(entering, policy, figures.at), min(before.level, hold), fact)
    enter = entering[-1][0] if entering else Level.HEALTHY
    return Evaluation(
        level=level,
        gauges=tuple([one.gauge for one in seen]),
        crossed=crossed,
        entering=entering,
        short=max(_short(before, policy, seen, entering, figures.at), fact),
        kept=() if level <= enter else _kept(seen, level),
    )


def advance(before: AlertState, evaluation: Evaluation, figures: Figures) -> AlertState:
    """The state after a successful reading: since when its level holds, and since when the debt is there."""
    level, at = evaluation.level, figures.at
    seen = replace(
        before,
        level=level,
        entering=evaluation.entering,
        short=evaluation.short,
        overdue_since=(before.overdue_since or at) if figures.available_amount < 0 else None,
        suspended_since=(before.suspended_since or at) if level is Level.SUSPENDED else None,
        road_told=before.road_told if figures.available_amount < 0 else None,
        seen_at=at,
        failed_runs=0,
        failure="",
    )
    if level == before.level and before.since is not None:
        return seen
    return replace(seen, since=at, acknowledged_at=None, acknowledged_by="", escalated_at=None)


def fail(before: AlertState, cause: str, now: datetime) -> AlertState:
    """The state after a failed reading: everything stays as it was, and the failure is counted, once a run."""
    again = before.seen_at == now
    return replace(before, seen_at=now, failed_runs=before.failed_runs + (not again), failure=cause)


def known_since(alert: AlertState) -> datetime | None:
    """Since when people have known of the present level, or have last paid; None if there is no level yet."""
    if alert.since is None:
        return None
    first_told = alert.told_at if alert.repeats == 0 else None  # later than the level if it was withheld at first
    return max(alert.since, first_told or alert.since, alert.topped_up_at or alert.since)


def risk_horizon(risk: RiskLines, policy: Policy, figures: Figures) -> float:
    """The days within which a balance must not end: as many lead times as the policy says, or its fixed number.

    The working days that this customer needs to pay are laid over the calendar from now on, so that they span
    weekends and holidays.
    """
    if risk.within_days is not None:
        return float(risk.within_days)
    return stretch(figures.at, risk_working_days(risk, policy, figures.paid_after)) / _DAY


def risk_working_days(risk: RiskLines, policy: Policy, record: tuple[PaidAfter, ...]) -> Decimal:
    """The same in working days, where it goes by lead times; ``record``: how long paying took this customer."""
    lead = lead_days(record if policy.lead_time.measure else (), policy.lead_time.default_days)
    return lead.days * risk.within_lead_times


def grace_of(policy: Policy) -> Grace:
    """The grace that the policy names."""
    return Grace(policy.grace_hours, policy.grace_amount)


def road_ahead(
    alert: AlertState, policy: Policy, at_stake: Callable[[], Sequence[ProductRule]], figures: Figures
) -> Road | None:
    """What lies ahead of an account below zero; None above, where nobody asks which products are at stake."""
    if alert.overdue_since is None:
        return None
    debt = -figures.available_amount
    return road(at_stake(), alert.overdue_since, debt, grace_of(policy), figures.at, alert.suspended_since)


# ---------------------------------------------------------------- figures and lines


def gauges_of(policy: Policy, figures: Figures) -> Iterator[Gauge]:
    """The figures that the policy has lines for."""
    runway = figures.runway
    if lines := policy.runway:
        yield Gauge("runway", None if runway is None else _decimal(days_at(runway, lines.quantile)), lines.bands())
    if risk := policy.risk:
        yield Gauge("risk", _risk(risk, policy, figures), risk.bands())
    if amounts := policy.available_amount:
        yield Gauge("available_amount", figures.available_amount, amounts.bands())
    if (share := policy.share) and (whole := _whole(share, figures)):
        yield Gauge("share", 100 * figures.available_amount / whole, share.bands())
    if worst := policy.worst_day:
        yield Gauge("worst_day", worst_days(figures), worst.bands())
    if budget := policy.month_budget:
        yield Gauge("month_budget", 100 * figures.spent_this_month / budget.amount, budget.bands())
    if projection := policy.month_projection:
        spend = figures.month_spend
        yield Gauge("month_projection", None if spend is None else 100 * spend / projection.amount, projection.bands())
    if (spike := policy.spike) and figures.spike:
        large = figures.spike.above >= spike.min_amount
        yield Gauge("spike", figures.spike.percent if large else Decimal(0), spike.bands())


def _risk(risk: RiskLines, policy: Policy, figures: Figures) -> Decimal | None:
    if figures.runway is None:
        return None
    return _decimal(100 * probability_empty_within(figures.runway, risk_horizon(risk, policy, figures)))


def _whole(share: ShareLines, figures: Figures) -> Decimal | None:
    """What the available amount is a share of; None if this account has no such thing: then there is no gauge."""
    wholes = {
        ShareReference.LAST_TOP_UP: figures.last_top_up,
        ShareReference.CREDIT: figures.credit or None,
        ShareReference.QUOTA: figures.quota or None,
    }
    return wholes[share.of]


def worst_days(figures: Figures) -> Decimal:
    """How many days like the dearest one the available amount covers; infinite where nothing was ever spent."""
    if figures.worst_day <= 0:
        return _INFINITY
    return figures.available_amount / figures.worst_day if figures.available_amount > 0 else _NOTHING


def _decimal(value: float) -> Decimal:
    """A projection's figure with the digits that mean something; infinity stays infinity."""
    return Decimal(str(round(value, 4)))


# ---------------------------------------------------------------- levels


class _Seen(NamedTuple):
    """A gauge, and what its bands say of the figure."""

    gauge: Gauge
    crossed: tuple[Level, ...]
    """The levels that it enters, the mildest first."""
    held: Level
    """The most serious level that it has not left yet."""


def _see(gauge: Gauge) -> _Seen:
    """What the bands say of the figure; one that is not known enters nothing and leaves nothing."""
    value, crossed, held = gauge.value, [], Level.HEALTHY
    if value is None:
        return _Seen(gauge, (), Level.CRITICAL)
    for level, band in gauge.bands:
        if (value < band.enter) if band.falling else (value > band.enter):
            crossed.append(level)
        if (value < band.leave_at) if band.falling else (value > band.leave_at):
            held = level
    return _Seen(gauge, tuple(crossed), held)


def _short(
    before: AlertState,
    policy: Policy,
    seen: Sequence[_Seen],
    entering: tuple[tuple[Level, datetime], ...],
    at: datetime,
) -> Level:
    """The level by the same formula, over the gauges that speak of money running short."""
    short = [one for one in seen if one.gauge.name not in OF_USE]
    crossed = {level for one in short for level in one.crossed}
    enter = _entered(tuple([one for one in entering if one[0] in crossed]), policy, at)
    hold = max([one.held for one in short], default=Level.HEALTHY)
    return max(enter, min(before.level if before.short is None else before.short, hold))


def _kept(seen: Sequence[_Seen], level: Level) -> tuple[str, ...]:
    known = (one for one in seen if one.gauge.value is not None)
    return tuple(f"{one.gauge.name}.{level.label}" for one in known if one.held >= level)


def _entering(before: AlertState, crossed: set[Level], at: datetime) -> tuple[tuple[Level, datetime], ...]:
    """Since when the lines of each level have been crossed; a level that no line is drawn for is not entered."""
    known = dict(before.entering)
    return tuple((level, known.get(level, at)) for level in sorted(crossed))


def _entered(entering: tuple[tuple[Level, datetime], ...], policy: Policy, at: datetime) -> Level:
    """The worst level whose lines have been crossed for as long as the policy asks."""
    for level, since in reversed(entering):
        if at - since >= timedelta(hours=policy.hold_for.at(level)):
            return level
    return Level.HEALTHY


def _fact(before: AlertState, policy: Policy, figures: Figures) -> Level:
    """What is so whatever the projection says: below zero, and below zero beyond the grace that is known.

    Services that stopped stay so until all of the debt is paid (help.aliyun.com/document_detail/190777.html).
    """
    debt = -figures.available_amount
    if debt <= 0:
        return Level.HEALTHY
    since, grace = before.overdue_since or figures.at, grace_of(policy)
    over_time = grace.hours is not None and figures.at - since >= timedelta(hours=grace.hours)
    over_amount = grace.known and above_grace(before.suspended_since, debt, grace, figures.at) is not None
    return Level.SUSPENDED if over_time or over_amount else Level.OVERDUE
