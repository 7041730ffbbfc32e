"""Who is told what, and when; with ids that come from the stored version that was read.

A run that crashed between queueing and saving, or two runs that overlap, read the same version: they compute the
same ids, and each message is queued once.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from shared.model import AlertState, ChannelName, Level, Topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from shared.config import Policy, QuietHours
    from shared.model import Contact


class Reason(StrEnum):
    """Why people are told something, or nothing: a closed set."""

    WORSENED = "worsened"
    """The level is worse than the one they were told."""
    REPEATED = "repeated"
    """The level still holds, and it is time to say so again."""
    RECOVERED = "recovered"
    """A warning that they were given no longer holds."""
    UNREADABLE = "unreadable"
    """The account could not be read for as many runs as the policy waits."""
    HEALTHY = "healthy"
    """Nothing to tell: no line is crossed."""
    TOLD_ALREADY = "told_already"
    """Nothing to tell: they know, and the time to repeat it has not come."""
    REPEATED_ENOUGH = "repeated_enough"
    """Nothing to tell: they know, and were told as often as the policy allows."""
    NOT_READ = "not_read"
    """Nothing to tell: the account could not be read, and not for long enough to say so."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is told of an account in this run, and the state that remembers it."""

    reason: Reason
    topic: Topic | None
    """None: nothing is told."""
    alert: AlertState


def decide(before: AlertState, after: AlertState, policy: Policy, now: datetime) -> Decision:
    """What to tell, given the state before this reading and the one after it (levels already evaluated)."""
    if after.failure:
        return _decide_unreadable(after, policy)
    level = after.level
    if level > before.told_level:
        return Decision(Reason.WORSENED, Topic.LEVEL, _told(after, now, repeats=0))
    if level == Level.HEALTHY:
        return _decide_healthy(before, after, now)
    eased = replace(after, told_level=level, repeats=after.repeats if level == before.told_level else 0)
    hours = policy.repeat_after.at(level)
    if hours is None or before.told_at is None or now - before.told_at < timedelta(hours=hours):
        return Decision(Reason.TOLD_ALREADY, None, eased)
    if eased.repeats >= policy.max_repeats:
        return Decision(Reason.REPEATED_ENOUGH, None, eased)
    return Decision(Reason.REPEATED, Topic.LEVEL, _told(eased, now, repeats=eased.repeats + 1))


def channels_for(topic: Topic, level: Level, policy: Policy) -> tuple[ChannelName, ...]:
    """The channels that a notice goes out on; what concerns the service itself reaches staff on every one."""
    if topic in {Topic.UNREADABLE, Topic.DRILL}:
        return tuple(ChannelName)
    return policy.tell.recovered if topic is Topic.RECOVERED else policy.tell.at(level)


def message_id(
    account_id: str, version: int, topic: Topic, level: Level, contact: Contact, channel: ChannelName
) -> str:
    """16 letters and digits, the same for the same decision on the same stored version; says nothing of a person."""
    parts = (account_id, str(version), topic, level.label, contact.name, channel)
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return base64.b32encode(digest[:10]).decode()


def due_at(level: Level, topic: Topic, quiet: QuietHours | None, now: datetime) -> datetime:
    """When a message may go out: now, or when the quiet hours end, unless it is serious enough to come through."""
    serious = topic is Topic.LEVEL and quiet is not None and level >= quiet.let_through
    if quiet is None or serious:
        return now
    return quiet_until(quiet, now) or now


def quiet_until(quiet: QuietHours, now: datetime) -> datetime | None:
    """When the quiet hours that ``now`` falls into end; None outside of them. They may span midnight."""
    zone = ZoneInfo(quiet.timezone)
    local = now.astimezone(zone)
    for day in (local.date() - timedelta(days=1), local.date()):
        start = datetime.combine(day, quiet.start, zone)
        end = datetime.combine(day, quiet.end, zone)
        if end <= start:
            end = datetime.combine(day + timedelta(days=1), quiet.end, zone)
        if start <= local < end:
            return end.astimezone(now.tzinfo)
    return None


def recipients(
    contacts: Iterable[Contact], channels: Iterable[ChannelName]
) -> Iterator[tuple[Contact, ChannelName, str]]:
    """Every contact on every channel that reaches them: (contact, channel, address)."""
    wanted = tuple(channels)
    for contact in contacts:
        for channel in wanted:
            if address := contact.address(channel):
                yield contact, channel, address


def _decide_unreadable(after: AlertState, policy: Policy) -> Decision:
    """Staff are told when the account could not be read for so many runs, and once a day's worth of runs after."""
    missed = after.failed_runs - policy.unreadable_after
    if missed >= 0 and missed % _RUNS_A_DAY == 0:
        return Decision(Reason.UNREADABLE, Topic.UNREADABLE, after)
    return Decision(Reason.NOT_READ, None, after)


_RUNS_A_DAY = 24


def _decide_healthy(before: AlertState, after: AlertState, now: datetime) -> Decision:
    calm = replace(after, told_level=Level.HEALTHY, repeats=0)
    if before.told_level >= Level.WARNING:
        return Decision(Reason.RECOVERED, Topic.RECOVERED, replace(calm, told_at=now))
    return Decision(Reason.HEALTHY, None, calm)


def _told(alert: AlertState, now: datetime, *, repeats: int) -> AlertState:
    return replace(alert, told_level=alert.level, told_at=now, repeats=repeats)
