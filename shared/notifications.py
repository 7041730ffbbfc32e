"""To whom a message goes, on which way, and when; with ids that come from the stored version that was read.

A run that crashed between queueing and saving, or two runs that overlap, read the same version: they compute the
same ids, and each message is queued once.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from shared.config import QuietHours
from shared.frozen import frozen, replace
from shared.masking import address_key
from shared.model import SHANGHAI, STANDING, ChannelName, TaskKind, Topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shared.config import Digest, Policy
    from shared.model import Contact, Level, Message, StaffTask


def channels_for(topic: Topic, level: Level, policy: Policy) -> tuple[ChannelName, ...]:
    """The channels that a notice goes out on; what concerns the service itself reaches staff on every one."""
    if topic is Topic.UNREADABLE:
        return tuple(ChannelName)
    tell = policy.tell
    by_topic = {
        Topic.RECOVERED: tell.recovered,
        Topic.RECEIPT: tell.receipt,
        Topic.RELEASE: tell.release,
        Topic.RELEASED: tell.release,
    }
    return by_topic[topic] if topic in by_topic else tell.at(level)


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
    ends: datetime | None = None,
) -> datetime:
    """When a message may go out: now, or when the quiet hours end, unless it is serious enough to come through.

    Args:
        level: Of the message.
        topic: Of the message.
        quiet: The policy's.
        now: When it is queued.
        digest: The policy's, if the message waits for it, see ``in_digest``.
        zone: Whose clock the digest goes by; None: that of the quiet hours, or else Asia/Shanghai.
        ends: When the balance will likely end: what ends before people would hear of it does not wait.
    """
    own_zone = SHANGHAI if quiet is None else ZoneInfo(quiet.timezone)
    begin = now if digest is None else digest_at(digest, now, zone or own_zone)
    serious = topic in STANDING and quiet is not None and level >= quiet.let_through
    due = begin if quiet is None or serious else quiet_until(quiet, begin) or begin
    return now if topic in STANDING and ends is not None and ends <= due else due


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


def quiet_of(contact: Contact, quiet: QuietHours | None) -> QuietHours | None:
    """A person's night: by their own hours and zone where the roster names them, else as the policy says."""
    if contact.quiet is not None:
        start, end = contact.quiet
        if start == end:
            return None
        quiet = replace(quiet or QuietHours(), start=start, end=end)
    if quiet is None or contact.timezone is None:
        return quiet
    return replace(quiet, timezone=contact.timezone)


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


@frozen
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


def task_channels(kind: TaskKind, contact: Contact) -> tuple[ChannelName, ...]:
    """The channels on which one of the staff is told of a task.

    What happens to customers below zero goes by mail: the customers are told themselves, there may be many in a day,
    and a number takes only so many SMS. Who has no mail gets an SMS.
    """
    if kind in _BY_MAIL and contact.mail is not None:
        return (ChannelName.MAIL,)
    return tuple(ChannelName)


_BY_MAIL = frozenset({TaskKind.OVERDUE, TaskKind.SUSPENDED, TaskKind.RELEASE, TaskKind.RELEASED})


def task_id(task: StaffTask, contact: Contact, channel: ChannelName) -> str:
    """As ``message_id``, for a task: the same task is one message, whoever comes upon it."""
    return _identity("task", task.kind, task.key, contact.name, channel)
