"""Notices and tasks made into the messages that are queued: rendered, addressed, each with its stand-ins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.model import ChannelName, Contact, DeliveryStatus, Message, Topic
from shared.notifications import channels_for, due_at, message_id, plan, task_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from shared.config import Config, MessageSettings, Policy
    from shared.model import MailContent, SmsContent, StaffTask
    from shared.notice import Notice
    from shared.notifications import Way
    from shared.silences import Silence


@dataclass(frozen=True, slots=True)
class Rules:
    """What a run goes by besides the accounts themselves."""

    config: Config
    bad: frozenset[str] = frozenset()
    """The keys of addresses that providers will not take."""
    silences: tuple[Silence, ...] = ()
    """Those in force, and those that ended lately."""
    agency_short: bool = False
    """Whether the agency's own account is at its critical line or beyond."""


def compose_notice(
    notice: Notice, contacts: Iterable[Contact], version: int, rules: Rules, policy: Policy, now: datetime
) -> tuple[Message, ...]:
    """The messages of a notice: the first of each track is due, the others are held in reserve for it.

    Args:
        notice: What is told.
        contacts: Whom it concerns, in the order of the roster.
        version: The account's stored version that was read: what ids come from.
        rules: Signatures, templates, and addresses that are no good.
        policy: The account's.
        now: When it is queued.
    """
    everyone = notice.topic is Topic.UNREADABLE
    channels = channels_for(notice.topic, notice.level, policy)
    tracks = plan(contacts, channels, None if everyone else policy.reach.at_once.at(notice.level), rules.bad)
    due = due_at(notice.level, notice.topic, policy.quiet, now)
    patience = timedelta(minutes=policy.reach.receipt_minutes)
    return tuple(
        m for track in tracks for m in _track(notice, track, version, rules.config.messages, now, due, patience)
    )


def compose_task(
    task: StaffTask, config: Config, now: datetime, without: ChannelName | None = None
) -> tuple[Message, ...]:
    """The messages of a task: to all staff, on every channel but one that is down."""
    from shared.messages import render_task_mail, render_task_sms

    return tuple(
        Message(
            message_id=(key := task_id(task, contact, channel)),
            account_id=task.filed_under,
            contact=contact.name,
            channel=channel,
            address=address,
            topic=Topic.TASK,
            level=task.level,
            content=(
                render_task_sms(task, contact, config.messages)
                if channel is ChannelName.SMS
                else render_task_mail(task, contact, now, key)
            ),
            queued_at=now,
            due=now,
        )
        for contact in config.staff_contacts
        for channel in ChannelName
        if channel is not without and (address := contact.address(channel))
    )


def _track(
    notice: Notice,
    track: tuple[Way, ...],
    version: int,
    settings: MessageSettings,
    now: datetime,
    due: datetime,
    patience: timedelta,
) -> Iterator[Message]:
    account_id = notice.account.account_id
    ids = [message_id(account_id, version, notice.topic, notice.level, way.contact, way.channel) for way in track]
    for place, way in enumerate(track):
        yield Message(
            message_id=ids[place],
            account_id=account_id,
            contact=way.contact.name,
            channel=way.channel,
            address=way.address,
            topic=notice.topic,
            level=notice.level,
            content=_content(notice, way, settings, ids[place]),
            queued_at=now,
            due=due + place * patience,
            status=DeliveryStatus.RESERVED if place else DeliveryStatus.PENDING,
            stands_in_for=ids[place - 1] if place else None,
            fallback=ids[place + 1] if place + 1 < len(track) else None,
            patience=patience if place else timedelta(0),
        )


def _content(notice: Notice, way: Way, settings: MessageSettings, reference: str) -> SmsContent | MailContent:
    from shared.messages import render_mail, render_sms

    if way.channel is ChannelName.SMS:
        return render_sms(notice, way.contact, settings)
    return render_mail(notice, way.contact, settings, reference)
