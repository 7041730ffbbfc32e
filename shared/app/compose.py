"""Notices and tasks made into the messages that are queued: rendered, addressed, each with its stand-ins."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from shared import messages
from shared.frozen import frozen
from shared.model import BUNDLES, ChannelName, Contact, DeliveryStatus, Message, Topic
from shared.notifications import channels_for, due_at, in_digest, message_id, plan, quiet_of, task_channels, task_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from shared.config import Config, MessageSettings, Policy
    from shared.model import MailContent, SmsContent, StaffTask, Summary
    from shared.notice import Notice
    from shared.notifications import Way
    from shared.silences import Silence


LIKELY = 1
"""The place of the likely end among a notice's three."""


@frozen
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
    contacts = [messages.sms.textable(contact, notice.topic, rules.config.messages) for contact in contacts]
    tracks = plan(contacts, channels, None if everyone else policy.reach.at_once.at(notice.level), rules.bad)
    composer = _Composer(notice, version, rules.config.messages, policy, now, frozenset(track[0] for track in tracks))
    return tuple(message for track in tracks for message in composer.track(track))


def compose_bundle(
    members: Sequence[Message], bundle_id: str, settings: MessageSettings, now: datetime, due: datetime
) -> Message:
    """The one message in place of these, the most urgent first, all of them to one person on one channel.

    Args:
        members: Messages that have a summary.
        bundle_id: Its id.
        settings: Signature and template.
        now: When it is queued.
        due: When another run may look at it.
    """
    lead = members[0]
    said = [(member, member.summary) for member in members if member.summary is not None]
    sms = lead.channel is ChannelName.SMS
    return Message(
        message_id=bundle_id,
        account_id=BUNDLES,
        contact=lead.contact,
        channel=lead.channel,
        address=lead.address,
        topic=Topic.BUNDLE,
        level=lead.level,
        content=messages.bundle.render_bundle_sms(said, settings)
        if sms
        else messages.digest.render_digest(said, settings, bundle_id),
        queued_at=now,
        due=due,
        members=tuple((member.account_id, member.message_id) for member in members),
    )


def compose_task(
    task: StaffTask, config: Config, now: datetime, without: ChannelName | None = None
) -> tuple[Message, ...]:
    """The messages of a task: to all staff, on the channels of its kind but one that is down."""
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
                messages.tasks.render_task_sms(task, contact, config.messages)
                if channel is ChannelName.SMS
                else messages.tasks.render_task_mail(task, contact, now, key)
            ),
            queued_at=now,
            due=now,
        )
        for contact in config.staff_contacts
        for channel in task_channels(task.kind, contact)
        if channel is not without and (address := contact.address(channel))
    )


@frozen
class _Composer:
    """Makes the messages of one notice."""

    notice: Notice
    version: int
    settings: MessageSettings
    policy: Policy
    now: datetime
    at_once: frozenset[Way]
    """The ways that are not held in reserve."""

    def track(self, track: tuple[Way, ...]) -> Iterator[Message]:
        """The first message of a track and its stand-ins."""
        notice, patience = self.notice, timedelta(minutes=self.policy.reach.receipt_minutes)
        account_id, due = notice.account.account_id, self._due(track[0])
        ids = [message_id(account_id, self.version, notice.topic, notice.level, w.contact, w.channel) for w in track]
        for place, way in enumerate(track):
            yield Message(
                message_id=ids[place],
                account_id=account_id,
                contact=way.contact.name,
                channel=way.channel,
                address=way.address,
                topic=notice.topic,
                level=notice.level,
                content=self._content(way, ids[place]),
                queued_at=self.now,
                due=due + place * patience,
                status=DeliveryStatus.RESERVED if place else DeliveryStatus.PENDING,
                stands_in_for=ids[place - 1] if place else None,
                fallback=ids[place + 1] if place + 1 < len(track) else None,
                patience=patience if place else timedelta(0),
                summary=self._summary(way),
            )

    def _due(self, first: Way) -> datetime:
        notice, person = self.notice, first.contact
        return due_at(
            notice.level,
            notice.topic,
            quiet_of(person, self.policy.quiet),
            self.now,
            digest=self.policy.digest if self._waits(first) else None,
            zone=None if person.timezone is None else ZoneInfo(person.timezone),
            ends=notice.ends[LIKELY],
        )

    def _waits(self, way: Way) -> bool:
        return in_digest(self.notice.topic, self.notice.level, way.channel, self.policy.digest)

    def _content(self, way: Way, reference: str) -> SmsContent | MailContent:
        if way.channel is ChannelName.SMS:
            return messages.sms.render_sms(self.notice, way.contact, self.settings)
        return messages.mail.render_mail(self.notice, way.contact, self.settings, reference)

    def _summary(self, way: Way) -> Summary | None:
        """None for what is never bundled: what staff are told, and an SMS without a mail that has its figures."""
        if self.notice.account.own or self.notice.topic not in {Topic.LEVEL, Topic.RECOVERED}:
            return None
        if way.channel is ChannelName.SMS and (self.settings.bundle.sms_from is None or not self._mailed(way.contact)):
            return None
        return messages.bundle.summarise(self.notice, way.contact, way.channel, self.settings, digest=self._waits(way))

    def _mailed(self, contact: Contact) -> bool:
        return any(way.contact == contact and way.channel is ChannelName.MAIL for way in self.at_once)
