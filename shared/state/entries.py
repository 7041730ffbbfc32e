"""Entries of the audit as the JSON text of one column, and back; account and time have columns of their own.

The ``decode_`` functions raise what those of encoding/ do.
"""

from __future__ import annotations

import math
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from shared.audit import DecisionEntry, Line, MessageEntry, Word, WordEntry
from shared.model import ChannelName, DeliveryStatus, Level, Topic
from shared.state.encoding.values import days_ahead, dump, integer, load, text, time, truth

if TYPE_CHECKING:
    from shared.audit import Entry

_OWN_COLUMNS = frozenset({"account_id", "at"})


def encode(entry: Entry) -> str:
    """Every field by its name: levels as labels, amounts as text, days as numbers or null where no end is in sight."""
    found = {f.name: _plain(getattr(entry, f.name)) for f in fields(entry) if f.name not in _OWN_COLUMNS}
    return dump(found)


def decode_message(value: object, account_id: str, at: datetime) -> MessageEntry:
    """One transition of one message."""
    found = load(value, dict)
    provider_id = found["provider_id"]
    return MessageEntry(
        account_id=account_id,
        message_id=text(found["message_id"]),
        place=integer(found["place"]),
        at=at,
        status=DeliveryStatus(found["status"]),
        reason=text(found["reason"]),
        channel=ChannelName(found["channel"]),
        address=text(found["address"]),
        address_mark=text(found["address_mark"]),
        topic=Topic(found["topic"]),
        level=Level.of(text(found["level"])),
        content_digest=text(found["content_digest"]),
        provider_id=None if provider_id is None else text(provider_id),
    )


def decode_decision(value: object, account_id: str, at: datetime) -> DecisionEntry:
    """Why people were told something, or why the level changed."""
    from shared.decisions import Reason

    found = load(value, dict)
    days, topic = found["days_left"], found["topic"]
    return DecisionEntry(
        account_id=account_id,
        version=integer(found["version"]),
        at=at,
        reason=Reason(found["reason"]),
        topic=None if topic is None else Topic(topic),
        before=Level.of(text(found["before"])),
        level=Level.of(text(found["level"])),
        config_version=text(found["config_version"]),
        policy=text(found["policy"]),
        currency=text(found["currency"]),
        available_amount=_number(found["available_amount"]),
        days_left=None if days is None else _days(days),
        crossed=tuple(text(line) for line in found["crossed"]),
        lines=tuple(_line(line) for line in found["lines"]),
        message_ids=tuple(text(message_id) for message_id in found["message_ids"]),
        failure=text(found["failure"]),
        failed_runs=integer(found["failed_runs"]),
    )


def decode_word(value: object, account_id: str, at: datetime) -> WordEntry:
    """Somebody's word."""
    found = load(value, dict)
    until = found["until"]
    return WordEntry(
        account_id=account_id,
        at=at,
        word=Word(found["word"]),
        level=Level.of(text(found["level"])),
        who=text(found["who"]),
        until=None if until is None else time(until),
        reason=text(found["reason"]),
        silence=text(found["silence"]),
    )


def decode_acknowledgement(value: object, account_id: str, at: datetime) -> WordEntry:
    """Somebody's word that they know, as it was written before there were other words."""
    found = load(value, dict)
    return WordEntry(account_id, at, Word.KNOWN, Level.of(text(found["level"])), text(found["who"]))


def _plain(value: object) -> object:
    match value:
        case Level():
            return value.label
        case Decimal() | datetime():
            return str(value)
        case float():
            return days_ahead([value])[0]
        case Line():
            return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
        case tuple():
            return [_plain(one) for one in value]
    return value


def _line(found: dict[str, Any]) -> Line:
    enter, leave_at = Decimal(text(found["enter"])), Decimal(text(found["leave_at"]))
    level = Level.of(text(found["level"]))
    return Line(text(found["gauge"]), _number(found["value"]), level, enter, leave_at, truth(found["falling"]))


def _number(value: object) -> Decimal | None:
    """A figure, which may be infinite: days of an account that spends nothing."""
    return None if value is None else Decimal(text(value))


def _days(days: list[float | None]) -> tuple[float, float, float]:
    early, likely, late = (math.inf if one is None else float(one) for one in days)
    return early, likely, late
