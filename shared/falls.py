"""A balance between two payments: whether it ran out, and whether its people had been warned.

What counts, in words:

- A fall begins with a payment (or the first hour that is known) and ends with the next one. A balance that comes back
  above zero without a payment begins a new one.
- It ran out in the hour in which the available amount is first seen below zero.
- It was warned of by the first warning, or critical word, that could have been read before it ran out: a message that
  waited for the morning counts from the morning on.
- The warning was false if for more than ``FALSE_DAYS`` days after it the balance neither ran out nor was topped up. A
  payment in that time speaks for the warning, since it cannot be known what would have been without it. Where the
  history ends before, it is undecided.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from shared.frozen import frozen
from shared.model import Level, Topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from shared.replay import Telling
    from shared.snapshot import Snapshot

FALSE_DAYS: Final = 10
"""As in the demo: who has longer than this did not have to hurry."""
_DAY: Final = timedelta(days=1)


@frozen
class Fall:
    """What happened to a balance from one payment to the next, whatever anybody was told."""

    since: datetime
    until: datetime
    """The hour of the next payment, or the last hour that is known."""
    over: bool
    """Whether it ended; False: it is as far as it is known."""
    ran_out_at: datetime | None = None


@frozen
class Verdict:
    """A fall, and what its people were told of it."""

    fall: Fall
    warning: Telling | None = None
    """The first warning or critical word, in time or not; None if there was none."""

    @property
    def lead_days(self) -> float | None:
        """How many days before the balance ran out they could read it; None if it did not, or if they could not."""
        if self.fall.ran_out_at is None or self.warning is None or self.warning.heard_at >= self.fall.ran_out_at:
            return None
        return (self.fall.ran_out_at - self.warning.heard_at) / _DAY

    @property
    def unwarned(self) -> bool:
        """Whether the balance ran out without a word before."""
        return self.fall.ran_out_at is not None and self.lead_days is None

    @property
    def false(self) -> bool | None:
        """Whether they were alarmed for nothing; None where there was no alarm, or it is not decided."""
        if self.warning is None:
            return None
        lasted = (self.fall.ran_out_at or self.fall.until) - self.warning.at
        if lasted > FALSE_DAYS * _DAY:
            return True
        return False if self.fall.ran_out_at or self.fall.over else None


def falls_of(snapshots: Iterable[Snapshot]) -> tuple[Fall, ...]:
    """The falls of a history, oldest first; hours without figures are passed over."""
    found: list[Fall] = []
    since = ran_out = last = None
    was_below = False
    for figures in (snapshot.figures for snapshot in snapshots):
        if figures is None:
            continue
        below = figures.available_amount < 0
        if since is None or figures.topped_up > 0 or (was_below and not below):
            if since is not None:
                found.append(Fall(since, figures.at, over=True, ran_out_at=ran_out))
            since, ran_out = figures.at, None
        if below and not was_below and last is not None:
            ran_out = figures.at
        was_below, last = below, figures.at
    if since is not None and last is not None:
        found.append(Fall(since, last, over=False, ran_out_at=ran_out))
    return tuple(found)


def judge_falls(falls: Sequence[Fall], tellings: Sequence[Telling]) -> tuple[Verdict, ...]:
    """Each fall with its first warning; ``tellings`` are of the same account, oldest first."""
    alarms = [one for one in tellings if one.topic is Topic.LEVEL and Level.WARNING <= one.level < Level.OVERDUE]
    return tuple(Verdict(fall, _first_within(alarms, fall)) for fall in falls)


def _first_within(alarms: Iterable[Telling], fall: Fall) -> Telling | None:
    return next((one for one in alarms if belongs(one, fall)), None)


def belongs(telling: Telling, fall: Fall) -> bool:
    """Whether something was told in a fall; what is told with the payment that ends it belongs to the next one."""
    return fall.since <= telling.at and (telling.at < fall.until or (telling.at == fall.until and not fall.over))
