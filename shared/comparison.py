"""Two configurations on the same past: what each would have told, in sums, and for whom anything changes."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from enum import StrEnum
from statistics import median
from typing import TYPE_CHECKING, TypeVar

from shared.falls import Fall, belongs, falls_of, judge_falls
from shared.frozen import frozen
from shared.model import Level, Topic
from shared.replay import replay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime
    from decimal import Decimal

    from shared.config import Config
    from shared.falls import Verdict
    from shared.model import Account
    from shared.replay import Past, Replayed, Telling

T = TypeVar("T")


class Turn(StrEnum):
    """What becomes of a first word."""

    ADDED = "added"
    DROPPED = "dropped"
    EARLIER = "earlier"
    LATER = "later"


@frozen
class Shift:
    """In one fall of a balance, when people first hear of a level, or of a worse one."""

    level: Level
    before: datetime | None
    """When they could have read it, by the configuration in force; None: never."""
    after: datetime | None
    """By the other one."""

    @property
    def turn(self) -> Turn:
        """Which way it goes."""
        if self.before is None or self.after is None:
            return Turn.ADDED if self.before is None else Turn.DROPPED
        return Turn.EARLIER if self.after < self.before else Turn.LATER

    @property
    def by(self) -> timedelta | None:
        """How far; None where one side has no moment."""
        return None if self.before is None or self.after is None else abs(self.after - self.before)


@frozen
class Side:
    """One account by one configuration."""

    replayed: Replayed
    verdicts: tuple[Verdict, ...]


@frozen
class Pair:
    """One account by both configurations."""

    account: Account
    before: Side
    after: Side

    @property
    def shifts(self) -> tuple[Shift, ...]:
        """What people would first have heard at another time, the greatest shift first."""
        falls = [verdict.fall for verdict in self.before.verdicts]
        found = (shift for fall in falls for shift in _shifts(fall, self.before.replayed, self.after.replayed))
        return tuple(sorted(found, key=_weight, reverse=True))

    @property
    def more(self) -> int:
        """How many tellings there are that the configuration in force has not: repeats too."""
        return (_told(self.after) - _told(self.before)).total()

    @property
    def fewer(self) -> int:
        """How many tellings of the configuration in force are gone."""
        return (_told(self.before) - _told(self.after)).total()

    @property
    def changed(self) -> bool:
        """Whether anything would have been told at another hour."""
        return self.more > 0 or self.fewer > 0


@frozen
class Totals:
    """What one configuration would have told, over all accounts."""

    accounts_told: int
    """Accounts that were spoken of at all."""
    by_level: tuple[tuple[Level, int], ...]
    """How often a level was told, repeats included."""
    by_topic: tuple[tuple[Topic, int], ...]
    """How often anything else was."""
    sms: int
    mails: int
    cost: Decimal
    """CNY, by the prices that this configuration names."""
    ran_out: int
    """How often a balance ran out."""
    unwarned: int
    """How often without a warning that could have been read before."""
    median_lead: float | None
    """Days from the first warning to the end of the balance, of those warned; None if there were none."""
    worst_lead: float | None
    alarms: int
    """Falls in which a warning was given."""
    false_alarms: int
    undecided: int
    """Warnings of which it cannot be said yet: the history ends too soon after them."""


def compare(past: Past, before: Config, after: Config) -> Pair:
    """One account by both configurations.

    Raises:
        InvalidInput: The account names a policy that one of them lacks.
    """
    falls = falls_of(past.snapshots)
    return Pair(past.account, _side(past, before, falls), _side(past, after, falls))


def _side(past: Past, config: Config, falls: Sequence[Fall]) -> Side:
    replayed = replay(past, config)
    return Side(replayed, judge_falls(falls, replayed.tellings))


def total(sides: Iterable[Side], config: Config) -> Totals:
    """The sums over all accounts, by the configuration that made these sides."""
    sides = list(sides)
    tellings = [telling for side in sides for telling in side.replayed.tellings]
    verdicts = [verdict for side in sides for verdict in side.verdicts]
    leads = [lead for verdict in verdicts if (lead := verdict.lead_days) is not None]
    sms, mails = sum(one.sms for one in tellings), sum(one.mails for one in tellings)
    verdicts_of = [verdict.false for verdict in verdicts if verdict.warning is not None]
    return Totals(
        accounts_told=sum(bool(side.replayed.tellings) for side in sides),
        by_level=_counted(tellings, lambda one: one.level if one.topic is Topic.LEVEL else None, Level),
        by_topic=_counted(tellings, lambda one: None if one.topic is Topic.LEVEL else one.topic, Topic),
        sms=sms,
        mails=mails,
        cost=sms * config.limits.sms_price + mails * config.limits.mail_price,
        ran_out=sum(verdict.fall.ran_out_at is not None for verdict in verdicts),
        unwarned=sum(verdict.unwarned for verdict in verdicts),
        median_lead=median(leads) if leads else None,
        worst_lead=min(leads, default=None),
        alarms=len(verdicts_of),
        false_alarms=verdicts_of.count(True),
        undecided=verdicts_of.count(None),
    )


def most_changed(pairs: Iterable[Pair]) -> list[Pair]:
    """The accounts for which anything changes, those that hear most differently first."""
    changed = [(pair, pair.shifts) for pair in pairs if pair.changed]
    order = sorted(changed, key=lambda one: (_weights(one[1]), one[0].more + one[0].fewer), reverse=True)
    return [pair for pair, _ in order]


def _counted(
    tellings: Iterable[Telling], key: Callable[[Telling], object], order: Iterable[T]
) -> tuple[tuple[T, int], ...]:
    counts = Counter(key(one) for one in tellings)
    return tuple((one, counts[one]) for one in order if counts[one])


def _told(side: Side) -> Counter[tuple[Topic, Level, datetime]]:
    return Counter((one.topic, one.level, one.at) for one in side.replayed.tellings)


def _shifts(fall: Fall, before: Replayed, after: Replayed) -> Iterator[Shift]:
    for level in (one for one in Level if one > Level.HEALTHY):
        first, second = _first(fall, before, level), _first(fall, after, level)
        if first != second:
            yield Shift(level, first, second)


def _first(fall: Fall, replayed: Replayed, level: Level) -> datetime | None:
    return next(
        (
            one.heard_at
            for one in replayed.tellings
            if one.topic is Topic.LEVEL and one.level >= level and belongs(one, fall)
        ),
        None,
    )


def _weights(shifts: Sequence[Shift]) -> tuple[timedelta, int]:
    return _weight(shifts[0]) if shifts else (timedelta(0), 0)


def _weight(shift: Shift) -> tuple[timedelta, int]:
    """What is heard by one configuration alone weighs more than any delay; then the graver level."""
    return (timedelta.max if shift.by is None else shift.by), shift.level
