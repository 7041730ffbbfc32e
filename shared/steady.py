"""Whether an hour can change anything: what lets a replay pass over the hours in which an account stays as it is.

The policy judges an hour in a tenth of a millisecond, and of most hours says what it said of the hour before. A
``Steady`` is made from a judgement that changed nothing. It holds while no figure can have come to the other side of a
line, of zero or of the grace, nothing falls due and nothing was paid in. It errs on one side only: where it is not sure
the policy is asked, so it decides nothing itself.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from shared.calendar import stretch
from shared.consequences import milestones
from shared.frozen import frozen, replace
from shared.policy import gauges_of, known_since, risk_working_days, worst_days
from shared.projection import QUANTILES
from shared.runway import place_of, probability_empty_within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import TypeAlias

    from shared.config import Policy
    from shared.config.lines import RiskLines, RunwayLines
    from shared.consequences import Road
    from shared.model import AlertState
    from shared.policy import Evaluation, Gauge
    from shared.snapshot import Figures

    Check: TypeAlias = Callable[[Figures], bool]
    Range: TypeAlias = tuple[Decimal, Decimal]
    Certain: TypeAlias = Callable[[Sequence[float], float], bool]

_NEVER: Final = datetime.max.replace(tzinfo=UTC)
_DAYS_OFF: Final = 0.001
"""So close to a line, in days, the policy is asked: it rounds to four digits."""
_PERCENT_OFF: Final = 0.01
"""The same in percent; the normal scores are rounded."""
_SHORTEST: Final = 1e-3
"""Below so many days ``probability_empty_within`` tells none from another."""
_DAY: Final = timedelta(days=1)


@frozen
class Steady:
    """Within what an account stays as it is."""

    until: datetime
    """When something falls due, at the latest."""
    checks: tuple[Check, ...]
    below_zero: bool = False
    """On which side of zero the available amount stays."""

    def holds(self, figures: Figures) -> bool:
        """Whether the policy would find nothing new; False also where that is not sure."""
        if figures.at >= self.until or figures.topped_up or (figures.available_amount < 0) is not self.below_zero:
            return False
        for check in self.checks:  # noqa: SIM110 (this is asked millions of times: a generator takes twice as long)
            if not check(figures):
                return False
        return True


def steady(
    alert: AlertState, policy: Policy, evaluation: Evaluation, figures: Figures, ahead: Road | None
) -> Steady | None:
    """What must hold for the next hours to pass like this one; None if they may not.

    Args:
        alert: The state after this hour, which is the one before it: nobody was told anything.
        policy: The account's.
        evaluation: Of this hour.
        figures: Of this hour. Later ones are taken to have the same record of payments.
        ahead: What lies ahead of an account below zero; None above.
    """
    ranges = {gauge.name: _range(gauge) for gauge in evaluation.gauges}
    known = {name: found for name, found in ranges.items() if found is not None}
    if len(known) < len(ranges):
        return None
    due = (at for at in (*_due(alert, policy), *_due_below_zero(ahead, policy)) if at > figures.at)
    checks = (*_checks(known, policy, figures), *_debt(alert, policy))
    return Steady(min(due, default=_NEVER), checks, figures.available_amount < 0)


def _range(gauge: Gauge) -> Range | None:
    """The open range around the figure in which it is on the same side of every bound; None if it is not known."""
    value = gauge.value
    bounds = [bound for _, band in gauge.bands for bound in (band.enter, band.leave_at)]
    if value is None or value in bounds:
        return None
    low = max((bound for bound in bounds if bound < value), default=Decimal("-Infinity"))
    return low, min((bound for bound in bounds if bound > value), default=Decimal("Infinity"))


def _due(alert: AlertState, policy: Policy) -> Iterator[datetime]:
    """The moments at which time alone may change something."""
    for level, since in alert.entering:
        yield since + timedelta(hours=policy.hold_for.at(level))
    repeat, staff = policy.repeat_after.at(alert.level), policy.reach.staff_after.at(alert.level)
    if alert.told_at is not None and repeat is not None:
        yield alert.told_at + timedelta(hours=repeat)
    known = known_since(alert)
    if known is not None and staff is not None:
        yield known + timedelta(hours=staff)
    if alert.paying_until is not None:
        yield alert.paying_until


def _due_below_zero(ahead: Road | None, policy: Policy) -> Iterator[datetime]:
    """The moments at which time alone changes what lies ahead, as long as the debt does not rise above the grace."""
    if ahead is None:
        return
    if ahead.grace_ends is not None:
        yield ahead.grace_ends
    yield from (milestone.at for milestone in milestones(ahead, policy.release_days))


def _debt(alert: AlertState, policy: Policy) -> Iterator[Check]:
    """Whether the debt stays within the grace; of an account that is suspended its size says nothing more."""
    most = policy.grace_amount
    if alert.overdue_since is not None and alert.suspended_since is None and most is not None:
        yield lambda one: -one.available_amount <= most


# ---------------------------------------------------------------- figures


def _checks(ranges: Mapping[str, Range], policy: Policy, figures: Figures) -> Iterator[Check]:
    """One check for each kind of line; those that are seldom drawn are read as the policy reads them."""
    if policy.runway:
        yield _runway(policy.runway, *ranges["runway"])
    if policy.risk:
        yield _risk(policy.risk, policy, figures, *ranges["risk"])
    if policy.available_amount:
        yield _available_amount(*ranges["available_amount"])
    if policy.worst_day:
        yield _worst_day(*ranges["worst_day"])
    if policy.share or policy.month_budget or policy.month_projection or policy.spike:
        quick: dict[str, Any] = {"runway": None, "risk": None, "available_amount": None, "worst_day": None}
        yield _others(replace(policy, **quick), {name: one for name, one in ranges.items() if name not in quick})
    if policy.min_daily_spend is not None:
        yield _spend(policy.min_daily_spend, figures.daily_spend)


def _runway(lines: RunwayLines, low: Decimal, high: Decimal) -> Check:
    place, least, most = place_of(lines.quantile), float(low) + _DAYS_OFF, float(high) - _DAYS_OFF
    return lambda one: one.runway is not None and least < one.runway.days_left[place] <= most


def _available_amount(low: Decimal, high: Decimal) -> Check:
    return lambda one: low < one.available_amount < high


def _worst_day(low: Decimal, high: Decimal) -> Check:
    """Infinity is within a range that is open at that end."""
    if high.is_infinite():
        return lambda one: worst_days(one) > low
    return lambda one: low < worst_days(one) < high


def _risk(risk: RiskLines, policy: Policy, figures: Figures, low: Decimal, high: Decimal) -> Check:
    """Mostly read off two quantiles of the runway; the probability itself is asked for where they leave it open."""
    days = None if risk.within_days is not None else float(risk_working_days(risk, policy, figures.paid_after))
    fixed, least, most = float(risk.within_days or 0), float(low) + _PERCENT_OFF, float(high) - _PERCENT_OFF
    certain = certainty(least, most)

    def check(one: Figures) -> bool:
        if one.runway is None:
            return False
        within = fixed if days is None else stretch(one.at, days) / _DAY
        if certain(one.runway.days_left, within):
            return True
        return least < 100 * probability_empty_within(one.runway, within) < most

    return check


@lru_cache(maxsize=1 << 10)  # as many as there are gaps between lines
def certainty(least: float, most: float) -> Certain:
    """Tells whether ``probability_empty_within`` lies between two percentages, as far as single quantiles tell that.

    Args:
        least: Percent, left out; below 0 for none.
        most: Percent, left out; above 100 for none.

    Returns:
        Asked with the days of a runway, falling, and days above 0; where it says no it may be so all the same.
    """
    top, bottom, last = _places_below(most), _places_below(least) - 1, len(_PERCENT) - 1

    def below_most(left: Sequence[float], within: float) -> bool:
        return top <= last and within <= left[top] < math.inf and left[top] >= _SHORTEST

    def above_least(left: Sequence[float], within: float) -> bool:
        # Where two quantiles fall on the same day the projection jumps: the next one must be shorter.
        sure = bottom >= 0 and within > left[bottom] > _SHORTEST
        return sure and (bottom == last or left[bottom] > left[bottom + 1])

    if most > _CERTAIN:
        return above_least if least >= 0 else lambda _left, _within: True
    return below_most if least < 0 else lambda left, within: below_most(left, within) and above_least(left, within)


def _places_below(percent: float) -> int:
    """The first quantile whose probability is below ``percent``; those before it are above, or very near."""
    return next((place for place, share in enumerate(_PERCENT) if share < percent), len(_PERCENT))


_PERCENT: Final = tuple(100 * (1 - quantile) for quantile in QUANTILES)
"""How probable it is, in percent, that a balance is empty within the days of each quantile of spend."""
_CERTAIN: Final = 100


def _others(policy: Policy, ranges: Mapping[str, Range]) -> Check:
    def check(one: Figures) -> bool:
        gauges = {gauge.name: gauge.value for gauge in gauges_of(policy, one)}
        if gauges.keys() != ranges.keys():
            return False
        return all(value is not None and _inside(value, *ranges[name]) for name, value in gauges.items())

    return check


def _inside(value: Decimal, low: Decimal, high: Decimal) -> bool:
    return low < value < high


def _spend(small: Decimal, spend: Decimal | None) -> Check:
    """Whether an account is too small to be bothered stays as it is."""
    is_small = spend is not None and spend < small
    return lambda one: (one.daily_spend is not None and one.daily_spend < small) == is_small
