"""What is told of an account in this run, and why: a reason from a closed set, with the figures that it rests on.

First what would be said, then whether something keeps us from saying it. What is withheld is not counted as told: when
the silence ends, and the account is still low, its people hear of it.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from shared.consequences import MilestoneKind
from shared.frozen import frozen, replace
from shared.model import AlertState, Level, TaskKind, Topic
from shared.policy import known_since

if TYPE_CHECKING:
    from datetime import datetime
    from typing import TypeAlias

    from shared.config import Policy
    from shared.consequences import Milestone
    from shared.silences import Silence
    from shared.snapshot import Figures

    Because: TypeAlias = tuple[tuple[str, str], ...]


class Reason(StrEnum):
    """Why people are told something, or nothing: a closed set."""

    WORSENED = "worsened"
    """The level is worse than the one they were told."""
    REPEATED = "repeated"
    """The level still holds, and it is time to say so again."""
    RECOVERED = "recovered"
    """A warning that they were given no longer holds."""
    TOPPED_UP = "topped_up"
    """Somebody paid: they get a receipt, and no warning."""
    RELEASE_NEAR = "release_near"
    """Below zero: data will be released soon."""
    RELEASED = "released"
    """Below zero: the time after which data is released has passed."""
    UNREADABLE = "unreadable"
    """The account could not be read for as many runs as the policy waits."""
    UNACKNOWLEDGED = "unacknowledged"
    """Nobody reacted for as long as the policy waits: staff are told."""
    HEALTHY = "healthy"
    """Nothing to tell: no line is crossed."""
    HELD = "held"
    """Nothing to tell: a line is crossed, but not yet for as long as the policy asks."""
    TOLD_ALREADY = "told_already"
    """Nothing to tell: they know, and the time to repeat it has not come."""
    REPEATED_ENOUGH = "repeated_enough"
    """Nothing to tell: they know, and were told as often as the policy allows."""
    ACKNOWLEDGED = "acknowledged"
    """Nothing to tell: somebody said that they know."""
    PAYING = "paying"
    """Nothing to tell: somebody said that a payment is under way."""
    NOT_READ = "not_read"
    """Nothing to tell: the account could not be read, and not for long enough to say so."""
    SMALL_SPEND = "small_spend"
    """Withheld: the account spends too little to bother anybody."""
    SILENCED = "silenced"
    """Withheld: staff silenced the account."""
    AGENCY_SHORT = "agency_short"
    """Withheld: the agency's own account is short, and its money pays for this one. Staff are told."""


WITHHELD = frozenset({Reason.SMALL_SPEND, Reason.SILENCED, Reason.AGENCY_SHORT, Reason.PAYING})
"""Reasons for which people are not told what they do not know yet."""


@frozen
class Around:
    """What a decision depends on besides the account's own figures."""

    silence: Silence | None = None
    """The silence that holds for the account now."""
    agency_short: bool = False
    """Whether the agency's own account is below its critical line."""
    milestone: Milestone | None = None
    """The last release, or announcement of one, that the road below zero has reached."""


@frozen
class Decision:
    """What is told of an account in this run, and the state that remembers it."""

    reason: Reason
    topic: Topic | None
    """None: its people are told nothing."""
    alert: AlertState
    task: TaskKind | None = None
    """What staff are asked to do besides."""


def decide(
    before: AlertState, after: AlertState, policy: Policy, figures: Figures | None, around: Around | None = None
) -> Decision:
    """What to tell, given the state before this reading and the one after it (levels already evaluated).

    Args:
        before: As it was stored.
        after: As ``policy.advance`` or ``policy.fail`` gave it.
        policy: The account's.
        figures: What was read; None if nothing could be.
        around: Silences and the like.
    """
    if figures is None:
        return _remembered(*_unreadable(before, after, policy))
    around, after = around or Around(), _settled(after, figures)
    said, because = _said(before, after, policy, figures, around)
    withheld = _withheld(said, policy, figures, around)
    if withheld is None:
        return _remembered(said, because)
    reason, why = withheld
    task = TaskKind.AGENCY_SHORT if reason is Reason.AGENCY_SHORT else None
    return _remembered(Decision(reason, None, _untold(after), task), why)


def _settled(after: AlertState, figures: Figures) -> AlertState:
    """The state without what a payment settles, and without a promise whose time is over."""
    paid = figures.topped_up > 0
    if paid or (after.paying_until is not None and figures.at >= after.paying_until):
        after = replace(after, paying_until=None, paying_by="")
    return replace(after, topped_up_at=figures.at, warned_at=None) if paid else after


def _remembered(decision: Decision, because: Because) -> Decision:
    """The decision, its reason written into the state."""
    return replace(decision, alert=replace(decision.alert, reason=decision.reason.value, because=because))


# ---------------------------------------------------------------- what would be said


def _said(
    before: AlertState, after: AlertState, policy: Policy, figures: Figures, around: Around
) -> tuple[Decision, Because]:
    if Level.OVERDUE <= after.level > before.told_level:
        return _worsened(before, after, figures)
    if after.level is Level.HEALTHY:
        return _well(before, after, figures, held=bool(after.entering))
    if figures.topped_up > 0 and policy.tell.receipt:
        receipt = Decision(Reason.TOPPED_UP, Topic.RECEIPT, _told(after, figures.at, repeats=0))
        return receipt, (("topped_up", _amount(figures)), ("level", after.level.label))
    if around.milestone is not None and _is_news(around.milestone, after):
        return _on_the_road(around.milestone, after, figures)
    if after.level > before.told_level or _short(after) > _told_short(before):
        return _worsened(before, after, figures)
    repeats = after.repeats if after.level == before.told_level else 0
    eased = replace(after, told_level=after.level, told_short=_eased_short(after), repeats=repeats)
    return _unchanged(eased, policy, figures.at)


def _short(alert: AlertState) -> Level:
    """The level by what runs short: a line of that kind which is newly crossed is news, at whatever level they know."""
    return alert.level if alert.short is None else alert.short


def _told_short(alert: AlertState) -> Level:
    return alert.told_level if alert.told_short is None else alert.told_short


def _eased_short(after: AlertState) -> Level:
    return min(_told_short(after), _short(after))


def _worsened(before: AlertState, after: AlertState, figures: Figures) -> tuple[Decision, Because]:
    task = {Level.OVERDUE: TaskKind.OVERDUE, Level.SUSPENDED: TaskKind.SUSPENDED}.get(after.level)
    unknown = replace(after, acknowledged_at=None, acknowledged_by="")
    decision = Decision(Reason.WORSENED, Topic.LEVEL, _told(unknown, figures.at, repeats=0), task)
    return decision, (("told_level", before.told_level.label), ("level", after.level.label))


def _well(before: AlertState, after: AlertState, figures: Figures, *, held: bool) -> tuple[Decision, Because]:
    """No level: an all-clear to who was warned, a receipt to who paid after a word from us."""
    because: Because = (("worst_told", before.worst_told.label),)
    nothing = Level.HEALTHY
    calm = replace(after, told_level=nothing, told_short=nothing, worst_told=nothing, repeats=0, warned_at=None)
    if before.worst_told >= Level.WARNING:
        return Decision(Reason.RECOVERED, Topic.RECOVERED, replace(calm, told_at=figures.at)), because
    if figures.topped_up > 0 and before.worst_told > Level.HEALTHY:
        receipt = Decision(Reason.TOPPED_UP, Topic.RECEIPT, replace(calm, told_at=figures.at))
        return receipt, (("topped_up", _amount(figures)), ("level", after.level.label))
    if held:
        level, since = after.entering[-1]
        return Decision(Reason.HELD, None, calm), (("crossed", level.label), ("since", _moment(since)))
    return Decision(Reason.HEALTHY, None, calm), because


def _is_news(milestone: Milestone, alert: AlertState) -> bool:
    return alert.road_told is None or milestone.at > alert.road_told


def _on_the_road(milestone: Milestone, alert: AlertState, figures: Figures) -> tuple[Decision, Because]:
    """A milestone of the road below zero was reached: everybody hears of it, and staff get a task."""
    reason, topic, task = (
        (Reason.RELEASED, Topic.RELEASED, TaskKind.RELEASED)
        if milestone.kind is MilestoneKind.RELEASED
        else (Reason.RELEASE_NEAR, Topic.RELEASE, TaskKind.RELEASE)
    )
    told = replace(_told(alert, figures.at, repeats=alert.repeats), road_told=milestone.at)
    because = (("milestone", _moment(milestone.at)), ("days_left", str(milestone.days_left)))
    return Decision(reason, topic, told, task), because


def _unchanged(alert: AlertState, policy: Policy, now: datetime) -> tuple[Decision, Because]:
    """What to tell while a level lasts that people know of."""
    hours = policy.repeat_after.at(alert.level)
    because: Because = (
        ("told_at", _moment(alert.told_at)),
        ("repeat_after", "-" if hours is None else f"{hours} h"),
        ("repeats", f"{alert.repeats} of {policy.max_repeats}" if alert.level < Level.OVERDUE else str(alert.repeats)),
    )
    if alert.acknowledged_at is not None:
        known = (("by", alert.acknowledged_by), ("since", _moment(alert.acknowledged_at)))
        return Decision(Reason.ACKNOWLEDGED, None, alert), known
    if _is_paying(alert, now) and alert.level < Level.OVERDUE:
        return Decision(Reason.PAYING, None, alert), _paying(alert)
    if _is_ignored(alert, policy, now):
        asked = Decision(Reason.UNACKNOWLEDGED, Topic.TASK, replace(alert, escalated_at=now), TaskKind.UNACKNOWLEDGED)
        return asked, (
            ("since", _moment(alert.since)),
            ("staff_after", f"{policy.reach.staff_after.at(alert.level)} h"),
        )
    if hours is None or alert.told_at is None or now - alert.told_at < timedelta(hours=hours):
        return Decision(Reason.TOLD_ALREADY, None, alert), because
    if alert.repeats >= policy.max_repeats and alert.level < Level.OVERDUE:  # below zero nobody falls silent
        return Decision(Reason.REPEATED_ENOUGH, None, alert), because
    return Decision(Reason.REPEATED, Topic.LEVEL, _told(alert, now, repeats=alert.repeats + 1)), because


def _is_ignored(alert: AlertState, policy: Policy, now: datetime) -> bool:
    """Whether people have known of this level for as long as the policy waits before staff step in, once a level."""
    hours = policy.reach.staff_after.at(alert.level)
    known = known_since(alert)
    if hours is None or known is None or alert.escalated_at is not None:
        return False
    return now - known >= timedelta(hours=hours)


def _unreadable(before: AlertState, after: AlertState, policy: Policy) -> tuple[Decision, Because]:
    """Staff are told when the account could not be read for so many runs, and once a day's worth of runs after.

    A run that is started again finds itself counted, and told of, already.
    """
    counted = after.failed_runs > before.failed_runs
    missed = after.failed_runs - policy.unreadable_after
    because: Because = (("failure", after.failure), ("failed_runs", str(after.failed_runs)))
    if counted and missed >= 0 and missed % _RUNS_A_DAY == 0:
        return Decision(Reason.UNREADABLE, Topic.UNREADABLE, after), because
    return Decision(Reason.NOT_READ, None, after), because


_RUNS_A_DAY = 24


def _told(alert: AlertState, now: datetime, *, repeats: int) -> AlertState:
    warned = now if alert.warned_at is None and _short(alert) >= Level.WARNING and alert.topped_up_at != now else None
    return replace(
        alert,
        told_level=alert.level,
        told_short=_short(alert),
        worst_told=max(alert.worst_told, alert.level),
        told_at=now,
        repeats=repeats,
        warned_at=alert.warned_at or warned,
    )


# ---------------------------------------------------------------- what keeps us from saying it


def _withheld(said: Decision, policy: Policy, figures: Figures, around: Around) -> tuple[Reason, Because] | None:
    """Why what would be said is not said; None if it is."""
    if said.topic is None:
        return None
    if around.silence is not None:
        return Reason.SILENCED, (("by", around.silence.author), ("until", _moment(around.silence.until)))
    if policy.funded_by_agency and around.agency_short and said.topic is not Topic.TASK:
        return Reason.AGENCY_SHORT, (("level", said.alert.level.label),)
    if said.topic is Topic.LEVEL and said.alert.level < Level.OVERDUE:
        return _not_worth_it(said, policy, figures)
    return None


def _not_worth_it(said: Decision, policy: Policy, figures: Figures) -> tuple[Reason, Because] | None:
    """Above zero nobody is bothered over next to no spend; and below critical nobody who is paying is told to pay."""
    small, spend = policy.min_daily_spend, figures.daily_spend
    if small is not None and spend is not None and spend < small:
        return Reason.SMALL_SPEND, (("daily_spend", str(spend)), ("min_daily_spend", str(small)))
    if said.reason is Reason.WORSENED and said.alert.level <= Level.WARNING and _is_paying(said.alert, figures.at):
        return Reason.PAYING, _paying(said.alert)
    return None


def _untold(after: AlertState) -> AlertState:
    """The state in which nobody was told: what they know of falls with the level, and does not rise."""
    eased = after.level < after.told_level
    told = min(after.told_level, after.level)
    return replace(after, told_level=told, told_short=_eased_short(after), repeats=0 if eased else after.repeats)


def _is_paying(alert: AlertState, now: datetime) -> bool:
    return alert.paying_until is not None and now < alert.paying_until


def _paying(alert: AlertState) -> Because:
    return (("by", alert.paying_by), ("until", _moment(alert.paying_until)))


def _moment(at: datetime | None) -> str:
    return "-" if at is None else at.isoformat()


def _amount(figures: Figures) -> str:
    return f"{figures.topped_up} {figures.currency}"
