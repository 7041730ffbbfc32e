"""What is written down for good: every step of every message, and why people were told something.

Entries are made from values that are stored anyway, and their ids from the same values. So an entry that was not
written in time is made again later, the same to the last letter, and one that is written twice is there once.

No entry holds a full address. Its mask shows enough to recognise; the mark beside it tells two addresses with the
same mask apart in 255 cases of 256, and is too short to find an address by trying all of them.
"""

from __future__ import annotations

import hashlib
import json
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from shared.frozen import frozen
from shared.masking import mask_address, mask_text
from shared.model import ChannelName, DeliveryStatus, Level, MailContent, Topic

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from decimal import Decimal

    from shared.decisions import Decision, Reason
    from shared.model import Message
    from shared.policy import Evaluation
    from shared.silences import Silence
    from shared.snapshot import Snapshot

PLACES = 3
"""Digits of an entry's place in a message's history: entries of one second stay in order."""
TAKEN = frozenset({DeliveryStatus.SENT, DeliveryStatus.DELIVERED, DeliveryStatus.UNDELIVERED})
"""Once a message was in one of these, the provider's id of it is known."""


@frozen
class MessageEntry:
    """One transition of one message."""

    account_id: str
    message_id: str
    place: int
    """Of the transition in the message's history, from 0."""
    at: datetime
    status: DeliveryStatus
    reason: str
    channel: ChannelName
    address: str
    """Masked."""
    address_mark: str
    topic: Topic
    level: Level
    content_digest: str
    """Of the exact text; see ``content_digest``."""
    provider_id: str | None = None
    """From the transition on with which the provider took it."""

    @property
    def entry_id(self) -> str:
        """Sorts by time, then by message, then by place."""
        return f"{entry_time(self.at)}-{self.message_id}-{self.place:0{PLACES}}"


@frozen
class Line:
    """A line that was looked at, as the policy drew it then."""

    gauge: str
    """Runway, risk, available_amount or month_budget, as the policy names it."""
    value: Decimal | None
    """The account's figure; None if it was not known."""
    level: Level
    enter: Decimal
    leave_at: Decimal
    falling: bool
    """Whether the level is entered below ``enter`` rather than above it."""

    @property
    def crossed(self) -> bool:
        """Whether the figure is beyond the line; one that is not known is not."""
        if self.value is None:
            return False
        return self.value < self.enter if self.falling else self.value > self.enter


@frozen
class DecisionEntry:
    """Why people were told something, or why the level changed, with the figures that it rests on."""

    account_id: str
    version: int
    """Of the account's stored state that was decided upon."""
    at: datetime
    """When the balance was read, or could not be."""
    reason: Reason
    topic: Topic | None
    """None: the level changed, and nobody was told."""
    before: Level
    level: Level
    config_version: str
    policy: str
    currency: str
    available_amount: Decimal | None
    """None: it could not be read."""
    days_left: tuple[float, float, float] | None
    """Runway in days: early, likely, late (quantiles 0.10, 0.50, 0.90)."""
    crossed: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
    message_ids: tuple[str, ...] = ()
    failure: str = ""
    failed_runs: int = 0

    @property
    def entry_id(self) -> str:
        """Two runs that read the same version and saw different figures have both left their word."""
        return f"{entry_time(self.at)}-{self.version}-{_digest(repr(self))[:8]}"


class Word(StrEnum):
    """What somebody said of an account, with which less is told."""

    KNOWN = "known"
    """They know of its level."""
    PAYING = "paying"
    """Money is under way."""
    SILENCED = "silenced"
    """Nothing is to be told up to a level."""
    SILENCE_ENDED = "silence_ended"
    """A silence is over before its time."""


@frozen
class WordEntry:
    """Somebody's word."""

    account_id: str
    """Or ``model.AGENCY``, of a silence that no account fits yet."""
    at: datetime
    word: Word
    level: Level
    """The level that they know of, or the worst one that is muted."""
    who: str
    """As staff wrote it; a number or address in it is masked."""
    until: datetime | None = None
    """How long it holds; None if until the level changes."""
    reason: str = ""
    """Masked as ``who``."""
    silence: str = ""
    """The silence's id and selector."""

    @property
    def entry_id(self) -> str:
        """The same word given twice in one second is one."""
        return (
            f"{entry_time(self.at)}-{self.word}-{_digest(repr((self.level, self.who, self.until, self.silence)))[:8]}"
        )


Entry: TypeAlias = MessageEntry | DecisionEntry | WordEntry


def entry_time(at: datetime) -> str:
    """The start of an entry's id: its second, in ten digits until the year 2286."""
    return f"{int(at.timestamp()):010}"


def transitions(message: Message) -> tuple[MessageEntry, ...]:
    """Every transition of a message so far."""
    statuses = [status for _, status, _ in message.history]
    taken = next((place for place, status in enumerate(statuses) if status in TAKEN), len(statuses))
    return tuple(
        MessageEntry(
            account_id=message.account_id,
            message_id=message.message_id,
            place=place,
            at=at,
            status=status,
            reason=mask_text(reason),
            channel=message.channel,
            address=mask_address(message.address),
            address_mark=address_mark(message.address),
            topic=message.topic,
            level=message.level,
            content_digest=content_digest(message),
            provider_id=message.provider_id if place >= taken else None,
        )
        for place, (at, status, reason) in enumerate(message.history)
    )


def decision_entry(
    before: Level,
    version: int,
    decision: Decision,
    snapshot: Snapshot,
    evaluation: Evaluation | None,
    messages: Iterable[Message],
    *,
    config_version: str,
    policy: str,
) -> DecisionEntry | None:
    """The entry of a decision that told something or changed the level; None for any other."""
    if decision.topic is None and decision.alert.level == before:
        return None
    return DecisionEntry(
        account_id=snapshot.account_id,
        version=version,
        at=snapshot.at,
        reason=decision.reason,
        topic=decision.topic,
        before=before,
        level=decision.alert.level,
        config_version=config_version,
        policy=policy,
        currency=snapshot.currency,
        available_amount=snapshot.available_amount,
        days_left=snapshot.days_left,
        crossed=() if evaluation is None else evaluation.crossed,
        lines=() if evaluation is None else _lines(evaluation),
        message_ids=tuple(message.message_id for message in messages),
        failure=snapshot.failure,
        failed_runs=decision.alert.failed_runs,
    )


def acknowledgement(account_id: str, level: Level, who: str, at: datetime) -> WordEntry:
    """The entry of somebody who knows of a level."""
    return WordEntry(account_id, at, Word.KNOWN, level, mask_text(who))


def payment_promise(account_id: str, level: Level, who: str, at: datetime, until: datetime) -> WordEntry:
    """The entry of somebody who says that money is under way."""
    return WordEntry(account_id, at, Word.PAYING, level, mask_text(who), until)


def silence_entry(account_id: str, silence: Silence) -> WordEntry:
    """The entry of a silence as it was made, or of its early end if it has one."""
    about = f"{silence.silence_id} {silence.selector}"
    reason = mask_text(silence.reason)
    if silence.ended_at is None:
        who, at = mask_text(silence.author), silence.begins_at
        return WordEntry(account_id, at, Word.SILENCED, silence.up_to, who, silence.ends_at, reason, about)
    who, at = mask_text(silence.ended_by), silence.ended_at
    return WordEntry(account_id, at, Word.SILENCE_ENDED, silence.up_to, who, at, reason, about)


def address_mark(address: str) -> str:
    """Two hex digits. The mask of a mobile leaves ten thousand numbers, and some forty of them have the same mark."""
    return _digest(address)[:2]


def content_digest(message: Message) -> str:
    """SHA-256 of the exact text: an SMS in full, or a mail's subject, plain text and HTML."""
    content = message.content
    if isinstance(content, MailContent):
        return _digest(json.dumps([content.subject, content.text, content.html], ensure_ascii=False))
    return _digest(content.text)


def _lines(evaluation: Evaluation) -> tuple[Line, ...]:
    return tuple(
        Line(gauge.name, gauge.value, level, band.enter, band.leave_at, falling=band.falling)
        for gauge in evaluation.gauges
        for level, band in gauge.bands
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
