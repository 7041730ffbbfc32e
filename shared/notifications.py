"""Who is told what, and when; with ids that come from the stored version that was read.

A run that crashed between queueing and saving, or two runs that overlap, read the same version: they compute the
same ids, and each message is queued once.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from shared.masking import address_key
from shared.model import SHANGHAI, AlertState, ChannelName, Level, Topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shared.config import Digest, Policy, QuietHours
    from shared.model import Contact, Message, StaffTask


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
    ACKNOWLEDGED = "acknowledged"
    """Nothing to tell: somebody said that they know."""
    UNACKNOWLEDGED = "unacknowledged"
    """Nobody reacted for as long as the policy waits: staff are told."""
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
    return _decide_unchanged(eased, policy, now)


def channels_for(topic: Topic, level: Level, policy: Policy) -> tuple[ChannelName, ...]:
    """The channels that a notice goes out on; what concerns the service itself reaches staff on every one."""
    if topic is Topic.UNREADABLE:
        return tuple(ChannelName)
    return policy.tell.recovered if topic is Topic.RECOVERED else policy.tell.at(level)


def message_id(
    account_id: str, version: int, topic: Topic, level: Level, contact: Contact, channel: ChannelName
) -> str:
    """16 letters and digits, the same for the same decision on the same stored version; says nothing of a person."""
    return _identity(account_id, str(version), topic, level.label, contact.name, channel)


def bundle_id(lead: Message) -> str:
    """As ``message_id``, for a bundle: from its most urgent message, as it stood in the store when it was gathered."""
    return _identity("bundle", lead.account_id, lead.message_id, str(lead.version))


def _identity(*parts: str) -> str:
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return base64.b32encode(digest[:10]).decode()


def due_at(
    level: Level,
    topic: Topic,
    quiet: QuietHours | None,
    now: datetime,
    *,
    digest: Digest | None = None,
    zone: tzinfo | None = None,
) -> datetime:
    """When a message may go out: now, or when the quiet hours end, unless it is serious enough to come through.

    Args:
        level: Of the message.
        topic: Of the message.
        quiet: The policy's.
        now: When it is queued.
        digest: The policy's, if the message waits for it, see ``in_digest``.
        zone: Whose clock the digest goes by; None: that of the quiet hours, or else Asia/Shanghai.
    """
    own_zone = SHANGHAI if quiet is None else ZoneInfo(quiet.timezone)
    begin = now if digest is None else digest_at(digest, now, zone or own_zone)
    serious = topic is Topic.LEVEL and quiet is not None and level >= quiet.let_through
    if quiet is None or serious:
        return begin
    return quiet_until(quiet, begin) or begin


def digest_at(digest: Digest, now: datetime, zone: tzinfo) -> datetime:
    """When the next digest goes out; one whose time has just come is still the next."""
    local = now.astimezone(zone)
    today = datetime.combine(local.date(), digest.at, zone)
    coming = today if today >= local else datetime.combine(local.date() + timedelta(days=1), digest.at, zone)
    return coming.astimezone(now.tzinfo)


def in_digest(topic: Topic, level: Level, channel: ChannelName, digest: Digest | None) -> bool:
    """Whether a message waits for the next digest: mails of the mildest levels, and those that a warning is over."""
    if digest is None or channel is not ChannelName.MAIL:
        return False
    return topic is Topic.RECOVERED or (topic is Topic.LEVEL and level <= digest.up_to)


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


@dataclass(frozen=True, slots=True)
class Way:
    """One way to one person."""

    contact: Contact
    channel: ChannelName
    address: str


def plan(
    contacts: Iterable[Contact], channels: Sequence[ChannelName], at_once: int | None, bad: frozenset[str]
) -> tuple[tuple[Way, ...], ...]:
    """Who is told, as tracks: the first way of each is taken at once, each further one if those before it fail.

    Args:
        contacts: In the order of the roster; one without any good address is passed over.
        channels: Those of the level. The other channels of a person stand in for them.
        at_once: How many people are told at once; None: all. The further ones stand in, one after the other.
        bad: The keys of addresses that the provider will not take, see ``masking.address_key``.
    """
    if not channels:
        return ()
    people = [ways for contact in contacts if (ways := _ways(contact, channels, bad))]
    told, reserve = (people, []) if at_once is None else (people[:at_once], people[at_once:])
    tracks: list[tuple[Way, ...]] = []
    for number, ways in enumerate(told):
        now = [way for way in ways if way.channel in channels] or ways[:1]
        later = [way for way in ways if way not in now] + [other[0] for other in reserve if number == 0]
        tracks += [(now[0], *later), *((way,) for way in now[1:])]
    return tuple(tracks)


def _ways(contact: Contact, channels: Sequence[ChannelName], bad: frozenset[str]) -> list[Way]:
    """Every good way to a person, those of the level first."""
    order = [*channels, *(channel for channel in ChannelName if channel not in channels)]
    found = [Way(contact, channel, address) for channel in order if (address := contact.address(channel))]
    return [way for way in found if address_key(way.address) not in bad]


def task_id(task: StaffTask, contact: Contact, channel: ChannelName) -> str:
    """As ``message_id``, for a task: the same task is one message, whoever comes upon it."""
    return _identity("task", task.kind, task.key, contact.name, channel)


def _decide_unreadable(after: AlertState, policy: Policy) -> Decision:
    """Staff are told when the account could not be read for so many runs, and once a day's worth of runs after."""
    missed = after.failed_runs - policy.unreadable_after
    if missed >= 0 and missed % _RUNS_A_DAY == 0:
        return Decision(Reason.UNREADABLE, Topic.UNREADABLE, after)
    return Decision(Reason.NOT_READ, None, after)


_RUNS_A_DAY = 24


def _decide_healthy(before: AlertState, after: AlertState, now: datetime) -> Decision:
    calm = replace(after, told_level=Level.HEALTHY, worst_told=Level.HEALTHY, repeats=0)
    if before.worst_told >= Level.WARNING:
        return Decision(Reason.RECOVERED, Topic.RECOVERED, replace(calm, told_at=now))
    return Decision(Reason.HEALTHY, None, calm)


def _decide_unchanged(alert: AlertState, policy: Policy, now: datetime) -> Decision:
    """What to tell while a level lasts that people know of."""
    if alert.acknowledged_at is not None:
        return Decision(Reason.ACKNOWLEDGED, None, alert)
    if _is_ignored(alert, policy, now):
        return Decision(Reason.UNACKNOWLEDGED, Topic.TASK, replace(alert, escalated_at=now))
    hours = policy.repeat_after.at(alert.level)
    if hours is None or alert.told_at is None or now - alert.told_at < timedelta(hours=hours):
        return Decision(Reason.TOLD_ALREADY, None, alert)
    if alert.repeats >= policy.max_repeats and alert.level < Level.OVERDUE:  # below zero nobody falls silent
        return Decision(Reason.REPEATED_ENOUGH, None, alert)
    return Decision(Reason.REPEATED, Topic.LEVEL, _told(alert, now, repeats=alert.repeats + 1))


def _is_ignored(alert: AlertState, policy: Policy, now: datetime) -> bool:
    """Whether people have known of this level for as long as the policy waits before staff step in, once a level."""
    hours = policy.reach.staff_after.at(alert.level)
    if hours is None or alert.since is None or alert.escalated_at is not None:
        return False
    return now - alert.since >= timedelta(hours=hours)


def _told(alert: AlertState, now: datetime, *, repeats: int) -> AlertState:
    worst = max(alert.worst_told, alert.level)
    return replace(alert, told_level=alert.level, worst_told=worst, told_at=now, repeats=repeats)
